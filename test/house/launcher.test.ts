// dist/runnel is what a user starts: it runs on its own, from anywhere, and through the link that npm makes to it.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from './tree.js'

const executable = join(root, 'dist', 'runnel')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

const test = suite('launcher')

test('is executable by everybody', () => {
  assert.is(statSync(executable).mode & 0o777, 0o755)
})

test('answers --version from any directory', () => {
  const { stdout, stderr, status } = spawnSync(executable, ['--version'], { cwd: tmpdir(), encoding: 'utf8' })
  assert.is(stderr, '')
  assert.match(stdout, version)
  assert.is(status, 0)
})

test('starts the node of the path with room for buffers, and gives it all arguments as they are', () => {
  const directory = mkdtempSync(join(tmpdir(), 'path-'))
  try {
    writeFileSync(join(directory, 'node'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 })
    const env = { ...process.env, PATH: `${directory}:/usr/bin:/bin` }
    const { stdout } = spawnSync(executable, ['get', 'a b', '$HOME', ''], { encoding: 'utf8', env })
    assert.equal(stdout.split('\n'), ['--initial-old-space-size=64', executable, 'get', 'a b', '$HOME', '', ''])
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('answers through a symbolic link, as after an installation', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bin-'))
  try {
    symlinkSync(executable, join(directory, 'runnel'))
    const { stdout, status } = spawnSync(join(directory, 'runnel'), ['--version'], { encoding: 'utf8' })
    assert.match(stdout, version)
    assert.is(status, 0)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test.run()
