// However a run of the bench ends, nothing that it started or made is left, and it says what is missing: interrupted, with a
// peer that crashes or hangs, on a full disk, without root, and where its results cannot be kept. No time is looked at.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Results } from '../frame/results.js'

const test = suite('bench/ending')
const main = join(import.meta.dirname, '..', 'main.js')

let directory = ''

test.before.each(() => {
  directory = mkdtempSync(join(tmpdir(), 'bench-ending-test-'))
  mkdirSync(join(directory, 'work'))
})

test.after.each(() => rmSync(directory, { recursive: true, force: true }))

const path = (name: string): string => join(directory, name)

function args(...scenarios: string[]): string[] {
  const only = scenarios.flatMap((name) => ['--only', name])
  const places = ['--directory', path('work'), '--results', path('results.json')]
  return [main, 'objects', '--quick', '--provider', 'portable', ...only, ...places]
}

function results(): Results {
  return JSON.parse(readFileSync(path('results.json'), 'utf8')) as Results
}

/** Command lines of processes that work in the bench's folder. */
function left(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]
      } catch {
        return []
      }
    })
    .filter((line) => line.includes(path('work')))
}

function expectNothingLeft(): void {
  assert.equal(left(), [])
  assert.equal(readdirSync(path('work')), [])
}

/** A program that stands before the real one of this name. */
function pretend(name: string, script: string): void {
  mkdirSync(path('bin'), { recursive: true })
  writeFileSync(path(`bin/${name}`), `#!/bin/sh\n${script}\n`)
  chmodSync(path(`bin/${name}`), 0o755)
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', (code) => resolve(code)))
}

test('interrupted by Ctrl-C, it keeps what it has and says so, and nothing is left', async () => {
  const child = spawn(process.execPath, args('file', 'folder', 'object'), { stdio: ['ignore', 'pipe', 'inherit'] })
  const done = ended(child)
  let output = ''
  let isTold = false
  for await (const piece of child.stdout) {
    output += String(piece)
    if (isTold || !/^1\/1 file runnel/m.test(output)) continue
    isTold = child.kill('SIGINT')
  }
  assert.is(await done, 130, output)
  const { interrupted, samples, failures, leftOut = [] } = results()
  assert.is(interrupted, true)
  assert.is(samples[0]?.scenario, 'file')
  assert.equal(failures, [])
  assert.ok(leftOut.some(({ reason }) => reason === 'it was interrupted before'))
  expectNothingLeft()
})

test('a peer that crashes has failed with the reason, and the others went on', () => {
  pretend(
    'nginx',
    'case $1 in -v) echo "nginx version: nginx/9.9.9" >&2; exit 0 ;; esac\necho "out of cheese" >&2; exit 3',
  )
  pretend('curl', 'echo "curl 9.9.9"')
  const { status, stdout } = spawnSync(process.execPath, args('file'), {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${path('bin')}:${process.env.PATH}` },
  })
  assert.is(status, 1, stdout)
  const { samples, failures } = results()
  assert.ok(samples.some(({ contender }) => contender === 'runnel'))
  assert.equal(
    failures.map(({ contender }) => contender),
    ['nginx'],
  )
  assert.match(failures[0]?.error ?? '', 'out of cheese')
  assert.match(stdout, '1 runs failed.')
  expectNothingLeft()
})

const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
const mounting = canMount ? test : (name: string, run: () => void) => test.skip(name, run)

mounting('on a full disk a scenario has failed with the reason, and the next one goes on', () => {
  const script = 'mount -t tmpfs -o size=6m tmpfs "$0" && "$@"; code=$?; ls "$0"; exit $code'
  const command = ['-rm', 'sh', '-c', script, path('work'), process.execPath, ...args('file', 'start')]
  const { status, stdout, stderr } = spawnSync('unshare', command, { encoding: 'utf8' })
  assert.is(status, 1, stdout + stderr)
  const { samples, failures } = results()
  const own = failures.find(({ contender }) => contender === 'runnel')
  assert.is(own?.scenario, 'file', JSON.stringify(failures))
  assert.match(own?.error ?? '', /NO_SPACE|ENOSPC/)
  assert.ok(samples.some(({ scenario, contender }) => scenario === 'start' && contender === 'runnel'))
  assert.not.match(stdout, /^runnel-bench-/m)
  expectNothingLeft()
})

const canLeaveRoot = spawnSync('unshare', ['--user', 'true']).status === 0
const withoutRoot = canLeaveRoot ? test : (name: string, run: () => void) => test.skip(name, run)

withoutRoot('without root it measures the same', () => {
  // Nobody is mapped into this user namespace, so that who runs here is not root and has no right of his.
  const command = ['--user', process.execPath, ...args('start')]
  const { status, stdout, stderr } = spawnSync('unshare', command, { encoding: 'utf8' })
  assert.is(status, 0, stdout + stderr)
  assert.ok(results().samples.some(({ contender }) => contender === 'runnel'))
  expectNothingLeft()
})

test('of all suites, what no time is left for is named, and a report says so', () => {
  const given = ['--quick', '--budget', '10s', '--only', 'start', '--only', 'idle', '--report', path('page.html')]
  const places = ['--directory', path('work'), '--results', path('results.json')]
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...given, ...places], { encoding: 'utf8' })
  assert.is(status, 0, stdout + stderr)
  assert.equal(results().leftOut, [{ scenario: 'idle', reason: 'no time was left for it' }])
  assert.match(readFileSync(path('page.html'), 'utf8'), 'Without idle: no time was left for it.')
  assert.is(Object.keys(results().providers).length, 1)
  expectNothingLeft()
})

test('results that cannot be kept are said to be lost, and nothing is left', () => {
  const given = [...args('start').slice(0, -1), '/dev/null/results.json']
  const { status, stdout } = spawnSync(process.execPath, given, { encoding: 'utf8' })
  assert.is(status, 1)
  assert.match(stdout, 'the results could not be kept')
  assert.match(stdout, '`runnel status`')
  assert.not(existsSync(path('results.json')))
  expectNothingLeft()
})

test.run()
