// dist/runnel is what a user starts: it runs on its own, from anywhere, and through the link that npm makes to it; as the
// bundle, unless that is not of the files beside it.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from './tree.js'

const executable = join(root, 'dist', 'runnel')
const bundle = join(root, 'dist', 'cli', 'bundle.cjs')
const nodeBundle = join(root, 'dist', 'cli', 'node-bundle.cjs')
const nodeCode = join(root, 'dist', 'cli', 'node-code.cjs')
const kept = join(root, 'dist', 'cli', 'node-code.cache')
const list = join(root, 'dist', 'cli', 'bundle.inputs.json')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

const launcherOptions = ['--initial-old-space-size=64', '--max-inlined-bytecode-size-cumulative=300']

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
  assert.equal(startedBy(executable, ['get', 'a b', '$HOME', '']), [bundle, 'get', 'a b', '$HOME', ''])
})

test('starts the bundle of the place that a symbolic link leads to', () => {
  withDirectory((directory) => {
    symlinkSync(executable, join(directory, 'runnel'))
    assert.equal(startedBy(join(directory, 'runnel'), ['id']), [bundle, 'id'])
  })
})

test('starts a node as a bundle of its own, wherever the word stands', () => {
  const line = ['--home', 'h', 'up', '--root']
  assert.equal(startedBy(executable, line), [nodeBundle, ...line])
})

test('the bundle of a node has all of it, and loads no compiled file', () => {
  const text = `${readFileSync(nodeBundle, 'utf8')}${readFileSync(nodeCode, 'utf8')}`
  const loaded = [...text.matchAll(/\b(?:import|require)\((["'])(\.[^"']*)\1\)/g)].map(([, , path]) => path)
  // What it steps aside for.
  assert.equal(loaded, ['./main.js'])
})

test('starts the compiled files where there is no bundle', () => {
  withDirectory((directory) => {
    const alone = join(directory, 'runnel')
    cpSync(executable, alone)
    for (const word of ['id', 'up']) assert.equal(startedBy(alone, [word]), [alone, word])
  })
})

test('the bundle is made of nothing that only a node needs', () => {
  const inputs = Object.keys(JSON.parse(readFileSync(list, 'utf8')) as Record<string, number>)
  assert.ok(inputs.includes('commands/status.js') && inputs.includes('../api/client.js'))
  const unwanted = /^\.\.\/(node|stack\/(?!bytes))|\/(pino|valibot|@noble|hash-wasm)\//
  assert.equal(
    inputs.filter((path) => unwanted.test(path)),
    [],
  )
})

test('V8 takes what it compiled of a node before, with the options of the launcher and with no others', () => {
  const takes = (options: readonly string[]): string => {
    const program = `const { readFileSync } = require('node:fs'), { Script } = require('node:vm')
      const code = readFileSync(process.argv[1]), cachedData = readFileSync(process.argv[2]).subarray(32)
      console.log(!new Script(code.latin1Slice(), { cachedData }).cachedDataRejected)`
    return spawnSync(process.execPath, [...options, '-e', program, nodeCode, kept], { encoding: 'utf8' }).stdout
  }
  assert.is(takes(launcherOptions), 'true\n')
  assert.is(takes([...launcherOptions, '--max-lazy']), 'false\n')
})

test('a node starts without what V8 compiled of it, and with what is damaged or of other code', () => {
  withCopy('node-bundle', (start, commands) => {
    const place = join(commands, 'node-code.cache')
    assert.is(start(), '7.7.7\n')
    cpSync(kept, place)
    assert.is(start(), '7.7.7\n')
    const damaged = readFileSync(kept)
    damaged.fill(0xaa, damaged.length >> 1)
    writeFileSync(place, damaged)
    assert.is(start(), '7.7.7\n')
    cpSync(kept, place)
    const code = join(commands, 'node-code.cjs')
    const text = readFileSync(code, 'latin1')
    const other = text.replace('// Made by scripts/bundle.mjs.', "console.log('other') //       ")
    assert.is(other.length, text.length)
    writeFileSync(code, other, 'latin1')
    assert.is(start(), 'other\n7.7.7\n')
  })
})

/** A bundle beside files that say that they were started. */
function withCopy(name: string, act: (start: () => string, commands: string) => void): void {
  withDirectory((directory) => {
    const commands = join(directory, 'dist', 'cli')
    mkdirSync(commands, { recursive: true })
    cpSync(join(root, 'dist', 'cli', `${name}.cjs`), join(commands, `${name}.cjs`))
    cpSync(nodeCode, join(commands, 'node-code.cjs'))
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module', version: '7.7.7' }))
    writeFileSync(join(commands, 'main.js'), "console.log('the compiled files')")
    const start = (): string => {
      const line = [...launcherOptions, join(commands, `${name}.cjs`), '--version']
      const { stdout, stderr } = spawnSync(process.execPath, line, { encoding: 'utf8' })
      return `${stdout}${stderr}`
    }
    act(start, commands)
  })
}

for (const name of ['bundle', 'node-bundle']) {
  test(`the ${name} of an installed package, without a list, runs`, () => {
    withCopy(name, (start) => assert.is(start(), '7.7.7\n'))
  })

  test(`the ${name} runs as long as each file of its list is the one that it was made of`, () => {
    withCopy(name, (start, commands) => {
      const changing = join(commands, 'program.js')
      writeFileSync(changing, '')
      const { mtimeMs } = statSync(changing)
      const writeList = (times: Record<string, number>): void =>
        writeFileSync(join(commands, `${name}.inputs.json`), JSON.stringify(times))
      writeList({ 'program.js': mtimeMs })
      assert.is(start(), '7.7.7\n')
      // Written again, also with an older time, as from a copy; and gone.
      for (const other of [mtimeMs + 1, mtimeMs - 1]) {
        writeList({ 'program.js': other })
        assert.is(start(), 'the compiled files\n')
      }
      writeList({ 'program.js': mtimeMs })
      rmSync(changing)
      assert.is(start(), 'the compiled files\n')
    })
  })
}

test('answers through a symbolic link, as after an installation', () => {
  withDirectory((directory) => {
    symlinkSync(executable, join(directory, 'runnel'))
    const { stdout, status } = spawnSync(join(directory, 'runnel'), ['--version'], { encoding: 'utf8' })
    assert.match(stdout, version)
    assert.is(status, 0)
  })
})

test.run()

/** What the launcher gives to Node, behind the options for its memory and for what is compiled. */
function startedBy(path: string, line: readonly string[]): string[] {
  let lines: string[] = []
  withDirectory((directory) => {
    writeFileSync(join(directory, 'node'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 })
    const env = { ...process.env, PATH: `${directory}:/usr/bin:/bin` }
    lines = spawnSync(path, line, { encoding: 'utf8', env }).stdout.split('\n')
  })
  assert.equal(lines.splice(0, 2), launcherOptions)
  return lines.slice(0, -1)
}

function withDirectory(act: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'launcher-'))
  try {
    act(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
