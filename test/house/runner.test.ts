// The runner tells the truth about a suite: nothing that failed, hung, skipped, ran nothing or left a process behind
// passes for a success. Each case runs the real runner over a planted tree.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { planTests } from '../runner/plan.js'
import { root } from './tree.js'

interface Context {
  directory: string
}

const test = suite<Context>('runner')

test.before.each((context) => {
  context.directory = realpathSync(mkdtempSync(join(tmpdir(), 'plant-')))
})

test.after.each((context) => {
  rmSync(context.directory, { recursive: true })
})

/** An odd time by which the process can be found again. */
const leftSeconds = `98765.${process.pid}`

const opening = `import { suite } from '${import.meta.resolve('uvu')}'\nconst test = suite('planted')\n`
const passing = `${opening}test('passes', () => {})\ntest.run()\n`

function plant(context: Context, files: Record<string, string>): void {
  writeFileSync(join(context.directory, 'package.json'), '{ "type": "module" }')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(context.directory, path)), { recursive: true })
    writeFileSync(join(context.directory, path), text)
  }
}

/** Whether a process runs that has `argument`; one that has ended has no arguments any more. */
function runs(argument: string): boolean {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument)
    } catch {
      return false
    }
  })
}

/** Runs the runner over the planted tree; `lines` are those of its output. */
function runSuite(context: Context, args: string[] = [], environment: Record<string, string> = {}) {
  const { CI: _, RUNNEL_REQUIRE_NETWORK: __, ...inherited } = process.env
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(root, 'dist/test/run.js'), '--root', context.directory, ...args],
    { env: { ...inherited, ...environment }, encoding: 'utf8' },
  )
  const lines = stdout.trimEnd().split('\n')
  return { lines, last: lines.at(-1), status, stdout }
}

test('a suite that passes ends with its totals and with exit code 0', (context) => {
  plant(context, { 'a.test.js': passing, 'folder/b.test.js': passing, 'not-a-test.js': 'process.exit(1)' })
  const { last, status, stdout } = runSuite(context)
  assert.is(last, '2 passed, 0 failed')
  assert.is(status, 0)
  assert.match(stdout, /^ok {3}folder\/b\.test\.js {2}1 passed {2}\d+ ms$/m)
})

test('a failing test fails the suite and is shown whole', (context) => {
  const failing = `${opening}test('passes', () => {})\ntest('breaks', () => { throw new Error('the reason') })\ntest.run()\n`
  plant(context, { 'a.test.js': failing, 'b.test.js': passing })
  const { last, status, stdout } = runSuite(context)
  assert.is(last, '2 passed, 1 failed')
  assert.is(status, 1)
  assert.match(stdout, 'the reason')
})

test('a file that runs no test has failed', (context) => {
  plant(context, { 'empty.test.js': '', 'unrun.test.js': opening, 'none.test.js': `${opening}test.run()` })
  const { last, status } = runSuite(context)
  assert.is(last, '0 passed, 3 failed')
  assert.is(status, 1)
})

test('a tree without tests, and a filter that matches none, have failed', (context) => {
  plant(context, {})
  assert.is(runSuite(context).last, '0 passed, 1 failed')
  plant(context, { 'a.test.js': passing })
  const { last, status } = runSuite(context, ['nowhere'])
  assert.is(last, '0 passed, 1 failed')
  assert.is(status, 1)
})

test('a test that waits for something that never comes has failed', (context) => {
  plant(context, { 'a.test.js': `${opening}test('waits', () => new Promise(() => {}))\ntest.run()\n` })
  const { last, stdout } = runSuite(context)
  assert.is(last, '0 passed, 1 failed')
  assert.match(stdout, 'ended before its tests did')
})

test('a file that leaves something open is killed at its limit and has failed', (context) => {
  const open = `// wall limit: 1 s\n${passing}import net from 'node:net'\nnet.createServer().listen(0, '127.0.0.1')\n`
  plant(context, { 'a.test.js': open })
  const { last, stdout } = runSuite(context)
  assert.is(last, '1 passed, 1 failed')
  assert.match(stdout, 'killed after 1 s')
})

test('a process that a file leaves behind is killed and fails the file', (context) => {
  const leaving = `import { spawn } from 'node:child_process'
spawn('sleep', ['${leftSeconds}'], { stdio: 'inherit' }).unref()
`
  plant(context, { 'a.test.js': `${passing}${leaving}` })
  const { last, stdout } = runSuite(context)
  assert.is(last, '1 passed, 1 failed')
  assert.match(stdout, 'left a process behind')
  assert.not(runs(leftSeconds))
})

test('a file that passes its tests and then ends badly has failed', (context) => {
  plant(context, { 'a.test.js': `${passing}process.on('exit', () => { process.exitCode = 7 })\n` })
  const { last, stdout } = runSuite(context)
  assert.is(last, '1 passed, 1 failed')
  assert.match(stdout, 'exit code 7')
})

const skipping = `${opening}test('passes', () => {})\ntest.skip('skips', () => {})\ntest.run()\n`

test('a skipped test is counted as such', (context) => {
  plant(context, { 'a.test.js': skipping })
  const { last, status } = runSuite(context, [], { RUNNEL_REQUIRE_NETWORK: '1' })
  assert.is(last, '1 passed, 0 failed, 1 skipped')
  assert.is(status, 0)
})

test('a skipped network test has failed where the network is required, as in CI', (context) => {
  plant(context, { 'test/network/a.test.js': skipping })
  assert.is(runSuite(context).last, '1 passed, 0 failed, 1 skipped')
  for (const environment of [{ RUNNEL_REQUIRE_NETWORK: '1' }, { CI: 'true' }]) {
    const { last, status } = runSuite(context, [], environment)
    assert.is(last, '1 passed, 1 failed')
    assert.is(status, 1)
  }
})

test('what failed before the tests, such as the linter, is in the totals', (context) => {
  plant(context, { 'a.test.js': passing })
  const { last, status } = runSuite(context, ['--failed-before', 'lint'])
  assert.is(last, '1 passed, 1 failed')
  assert.is(status, 1)
})

test("a file gets a temporary directory of its own, which is gone afterwards, and none of the user's settings", (context) => {
  const told = `import { tmpdir } from 'node:os'
console.log('told', tmpdir(), process.env.RUNNEL_HOME, process.env.RUNNEL_TEST_SEED)
throw new Error('so that the output is shown')
`
  plant(context, { 'a.test.js': told })
  const { stdout } = runSuite(context, [], { RUNNEL_HOME: '/somewhere', RUNNEL_TEST_SEED: '7' })
  const [, temporary, home, seed] = /told (\S+) (\S+) (\S+)/.exec(stdout) ?? []
  assert.is(home, 'undefined')
  assert.is(seed, '7')
  assert.match(temporary ?? '', /rt-\w+$/)
  assert.throws(() => realpathSync(temporary ?? ''), /ENOENT/)
})

test('a file that mostly waits runs beside the others, and its failure counts', (context) => {
  // Each ends only when the other one has begun: were they to run after one another, the first would be killed.
  const meets = (own: string, other: string) => `// wall limit: 20 s
${opening}import { existsSync, writeFileSync } from 'node:fs'
test('meets the other one', async () => {
  writeFileSync('${context.directory}/${own}', '')
  while (!existsSync('${context.directory}/${other}')) await new Promise((resolve) => setTimeout(resolve, 20))
})
test.run()
`
  const failing = `${opening}test('breaks', () => { throw new Error('the reason') })\ntest.run()\n`
  plant(context, {
    'a.serial.test.js': meets('a', 'b'),
    'test/network/b.test.js': `// mostly waits\n${meets('b', 'a')}`,
    'test/network/c.test.js': `// mostly waits\n${failing}`,
  })
  const { last, status } = runSuite(context)
  assert.is(last, '2 passed, 1 failed')
  assert.is(status, 1)
})

test('files that need the machine for themselves come last, alone; filters choose by path', (context) => {
  plant(context, {
    'a.serial.test.js': '',
    'stack/b.test.js': '// wall limit: 300 s\n',
    'test/network/c.test.js': '',
    'z.test.js': '',
  })
  const files = planTests(context.directory, [])
  assert.equal(
    files.map(({ path, serial, network }) => [path, serial, network]),
    [
      ['stack/b.test.js', false, false],
      ['z.test.js', false, false],
      ['a.serial.test.js', true, false],
      ['test/network/c.test.js', true, true],
    ],
  )
  assert.is(files[0]?.limitMs, 300_000)
  assert.equal(
    planTests(context.directory, ['stack/', 'z.test.ts']).map(({ path }) => path),
    ['stack/b.test.js', 'z.test.js'],
  )
})

test.run()
