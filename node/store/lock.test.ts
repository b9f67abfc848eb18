// Of any number of nodes on one home exactly one runs, however the last one ended.

import { type ChildProcess, spawn } from 'node:child_process'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lockHome } from './lock.js'
import { encodeIdentity, ownIdentity, type ProcessIdentity } from './process-identity.js'

const test = suite('lock')
const child = fileURLToPath(new URL('./testing/child.js', import.meta.url))

test.before.each((context) => {
  context.home = mkdtempSync(join(tmpdir(), 'runnel-lock-'))
})
test.after.each((context) => {
  rmSync(context.home, { recursive: true, force: true })
})

// protocol.md §11 MUST: A node MUST NOT run on a home
test('a second lock of the same home is refused, and given after the first is released', async ({ home }) => {
  const first = await lockHome(home)
  assert.is(await refusal(home), 'NODE_RUNNING')
  first.release()
  const second = await lockHome(home)
  first.release()
  assert.is(await refusal(home), 'NODE_RUNNING')
  second.release()
  assert.equal(readdirSync(home), [])
})

test('the lock of a dead process is taken over, of several who try at once by exactly one', async ({ home }) => {
  for (let round = 0; round < 20; round++) {
    const stale = [undefined, { pid: 2 ** 22 + 1 }, { start: '1' }, { boot: 'another' }][round % 4]
    if (stale === undefined) rmSync(join(home, 'lock'), { force: true })
    else writeFileSync(join(home, 'lock'), encodeIdentity({ ...ownIdentity(), ...stale }))
    const runners = [1, 2, 3].map(() => new Runner(home))
    try {
      for (const runner of runners) assert.is(await runner.line(), 'ready')
      for (const runner of runners) runner.start()
      const answers = await Promise.all(runners.map((runner) => runner.line()))
      assert.equal(answers.sort(), ['NODE_RUNNING', 'NODE_RUNNING', 'won'], `round ${round}`)
      assert.equal(readdirSync(home), ['lock'])
    } finally {
      // Killed, so that its lock is stale for the next round.
      await Promise.all(runners.map((runner) => runner.kill()))
    }
  }
})

test('a claim on a lock whose taker died half way is taken over as well', async ({ home }) => {
  const dead = { ...ownIdentity(), start: '1' }
  const claimant = { ...ownIdentity(), start: '2' }
  writeFileSync(join(home, 'lock'), encodeIdentity(dead))
  writeFileSync(join(home, `lock.${dead.token}`), encodeIdentity(claimant))
  const lock = await lockHome(home)
  assert.equal(readdirSync(home), ['lock'])
  assert.is(await refusal(home), 'NODE_RUNNING')
  lock.release()
})

test('a living claimant on a dead lock is respected', async ({ home }) => {
  const dead = { ...ownIdentity(), start: '1' }
  writeFileSync(join(home, 'lock'), encodeIdentity(dead))
  writeFileSync(join(home, `lock.${dead.token}`), encodeIdentity(ownIdentity()))
  assert.is(await refusal(home), 'NODE_RUNNING')
})

test('a lock that a power loss cut is taken over', async ({ home }) => {
  for (const content of ['', '{"pid":', 'null\n', '{"pid":-1}', '[]']) {
    writeFileSync(join(home, 'lock'), content)
    const lock = await lockHome(home)
    assert.is(await refusal(home), 'NODE_RUNNING')
    lock.release()
  }
})

test('a node in a process space that we cannot see counts as running when it is young, and as dead when it is old and silent', async ({
  home,
}) => {
  const unseen: ProcessIdentity = { ...ownIdentity(), space: 'pid:[1]' }
  const path = join(home, 'lock')
  writeFileSync(path, encodeIdentity(unseen))
  assert.is(await refusal(home), 'NODE_RUNNING')
  utimesSync(path, 1, 1)
  const lock = await lockHome(home)
  assert.is.not(readFileSync(path, 'utf8'), encodeIdentity(unseen))
  lock.release()
})

test('a node in a process space that we cannot see counts as running when it answers', async ({ home }) => {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(home, 'runnel.sock'), resolve))
  try {
    writeFileSync(join(home, 'lock'), encodeIdentity({ ...ownIdentity(), space: 'pid:[1]' }))
    utimesSync(join(home, 'lock'), 1, 1)
    assert.is(await refusal(home), 'NODE_RUNNING')
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})

test('a lock that was copied with its home holds up nobody, though its owner lives; the original stays locked', async ({
  home,
}) => {
  const original = await lockHome(home)
  const copied = mkdtempSync(join(tmpdir(), 'runnel-lock-'))
  try {
    copyFileSync(join(home, 'lock'), join(copied, 'lock'))
    const copy = await lockHome(copied)
    assert.is(await refusal(copied), 'NODE_RUNNING')
    assert.is(await refusal(home), 'NODE_RUNNING')
    copy.release()
    assert.is(await refusal(home), 'NODE_RUNNING')
    original.release()
  } finally {
    rmSync(copied, { recursive: true, force: true })
  }
})

test('the same home by another path is the same home', async ({ home }) => {
  const lock = await lockHome(home)
  const path = `${home}-link`
  symlinkSync(home, path)
  try {
    assert.is(await refusal(path), 'NODE_RUNNING')
  } finally {
    rmSync(path)
    lock.release()
  }
})

test('a lock that seems to be copied counts while somebody answers on this home', async ({ home }) => {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(home, 'runnel.sock'), resolve))
  try {
    writeFileSync(join(home, 'lock'), encodeIdentity({ ...ownIdentity(), file: '1:1' }))
    assert.is(await refusal(home), 'NODE_RUNNING')
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
  assert.is(await refusal(home), 'given')
})

async function refusal(home: string): Promise<string> {
  try {
    const lock = await lockHome(home)
    lock.release()
    return 'given'
  } catch (thrown) {
    return (thrown as { code: string }).code
  }
}

class Runner {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(home: string) {
    this.#process = spawn(process.execPath, [child, 'lock', home], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  }

  async line(): Promise<string> {
    return String((await this.#lines.next()).value)
  }

  start(): void {
    this.#process.stdin?.end()
  }

  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
  }
}

test.run()
