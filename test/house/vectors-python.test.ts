// The vectors hold for a stranger: a checker in Python that was written from docs/protocol.md alone. Skipped where there is
// no Python with the two packages that it needs (test/interop/README.md); PYTHON names another interpreter.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from './tree.js'

interface Vectors {
  log: { heads: { page: string }[] }
}

const python = process.env.PYTHON ?? 'python3'

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(python, ['-B', ...args], { cwd: root, encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}

const test = suite('the checker in Python')
const works = run('-c', 'import sys, blake3, cryptography; sys.exit(sys.version_info < (3, 11))').status === 0
const check = works ? test : test.skip

check('finds nothing wrong in docs/vectors.json', () => {
  const { status, output } = run('test/interop/check_vectors.py')
  assert.is(status, 0, output)
  assert.match(output, /^\d+ passed, 0 failed$/m)
})

check('finds a changed byte', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vectors-'))
  try {
    const vectors = JSON.parse(readFileSync(join(root, 'docs/vectors.json'), 'utf8')) as Vectors
    const head = vectors.log.heads[2] as { page: string }
    head.page = head.page.slice(0, -1) + (head.page.endsWith('0') ? '1' : '0')
    const path = join(directory, 'vectors.json')
    writeFileSync(path, JSON.stringify(vectors))
    const { status, output } = run('test/interop/check_vectors.py', path)
    assert.is(status, 1, output)
    assert.match(output, /^FAIL {2}logs$/m)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test.run()
