// The vectors hold for a stranger: a checker in Python that was written from docs/protocol.md alone, and one that makes
// them again from what goes into them.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from '../house/tree.js'
import { type Ended, run, withPython } from './python.js'

interface Vectors {
  log: { heads: { page: string }[] }
  forward: { nacks: { body: string }[] }
}

const test = suite('interop: vectors')
const check = withPython(test)

/** Runs a script on vectors with one change. */
function onChanged(script: string, change: (vectors: Vectors) => void): Ended {
  const directory = mkdtempSync(join(tmpdir(), 'vectors-'))
  try {
    const vectors = JSON.parse(readFileSync(join(root, 'docs/vectors.json'), 'utf8')) as Vectors
    change(vectors)
    const path = join(directory, 'vectors.json')
    writeFileSync(path, JSON.stringify(vectors))
    return run(script, path)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Another last hexadecimal digit. */
const other = (hex: string | undefined): string => `${hex?.slice(0, -1)}${hex?.endsWith('0') ? '1' : '0'}`

check('the checker finds nothing wrong in docs/vectors.json', () => {
  const { status, output } = run('check_vectors.py')
  assert.is(status, 0, output)
  assert.match(output, /^\d+ passed, 0 failed$/m)
})

check('the checker finds a changed byte', () => {
  const { status, output } = onChanged('check_vectors.py', ({ log }) => {
    const head = log.heads[2] as { page: string }
    head.page = other(head.page)
  })
  assert.is(status, 1, output)
  assert.match(output, /^FAIL {2}logs$/m)
})

check('the vectors that Python makes are those of TypeScript, byte for byte', () => {
  const { status, output } = run('make_vectors.py')
  assert.is(status, 0, output)
  assert.match(output, /^\d+ made, 0 differ$/m)
})

check('a vector that differs from what Python makes is named', () => {
  const { status, output } = onChanged('make_vectors.py', ({ forward }) => {
    const nack = forward.nacks[1] as { body: string }
    nack.body = other(nack.body)
  })
  assert.is(status, 1, output)
  assert.match(output, /^DIFFERS {2}forward\.nacks\.1\.body$/m)
  assert.match(output, /^\d+ made, 1 differ$/m)
})

test.run()
