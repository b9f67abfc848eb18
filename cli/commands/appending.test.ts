// `runnel append`, as a user runs it, against a node whose answers are known.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CustodyState } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { type Handlers, withFakeNode } from '../../test/api/fake-node.js'
import { deferred } from '../../test/api/promises.js'
import { command, ended, records, startCommand } from '../../test/cli/command.js'

const name = `a${'b'.repeat(55)}`
const test = suite('append')

/** Keeps what is appended to each label. */
function log(lines: string[], batches: number[] = []): Partial<Handlers> {
  return {
    createStream: async ({ label, visibility = 'public' }) => ({
      link: `${label}.${name}`,
      name,
      label,
      visibility,
      log: 'l',
      created: true,
    }),
    append: async ({ entries }) => {
      const first = lines.length
      lines.push(...entries.map((entry) => new TextDecoder().decode(entry)))
      batches.push(entries.length)
      return { link: `posts.${name}`, first, count: entries.length, length: lines.length }
    },
    streams: async () => ({ count: 0 }),
  }
}

test('append makes an entry of each line, and prints the link', async () => {
  const lines: string[] = []
  await withFakeNode(log(lines), async ({ home }) => {
    const first = await command(['append', 'posts'], { home, input: 'first\nsecond\n' })
    assert.is(first.code, 0, first.stderr)
    assert.is(first.stdout, `posts.${name}\n`)
    assert.match(first.stderr, 'public: whoever has the name can read it\n2 lines appended, 2 entries in all')
    const json = await command(['append', 'posts', '--visibility', 'unlisted', '--json'], { home, input: 'third' })
    assert.equal(records(json.stdout), [{ link: `posts.${name}`, first: 2, count: 1, length: 3 }])
  })
  assert.equal(lines, ['first', 'second', 'third'])
})

test('append of nothing makes the stream and prints its link', () =>
  withFakeNode(log([]), async ({ home }) => {
    const { stdout } = await command(['append', 'posts', '--json'], { home, input: '' })
    assert.equal(records(stdout), [{ link: `posts.${name}`, first: 0, count: 0, length: 0 }])
  }))

test('append puts many lines into few calls, and loses none', async () => {
  const lines: string[] = []
  const batches: number[] = []
  await withFakeNode(log(lines, batches), async ({ home }) => {
    const input = Array.from({ length: 50_000 }, (_, index) => `line ${index}\n`).join('')
    const { code, stderr } = await command(['append', 'posts'], { home, input })
    assert.is(code, 0, stderr)
  })
  assert.is(lines.length, 50_000)
  assert.is(lines[49_999], 'line 49999')
  assert.ok(batches.length < 500, `${batches.length} calls`)
})

test('append stores a line at once, while its input stays open', async () => {
  const lines: string[] = []
  const stored = deferred()
  const handlers = log(lines)
  const append: Handlers['append'] = async (params, call) => {
    const result = await (handlers.append as Handlers['append'])(params, call)
    stored.resolve()
    return result
  }
  await withFakeNode({ ...handlers, append }, async ({ home }) => {
    const child = startCommand(['append', 'posts'], { home })
    const end = ended(child)
    child.stdin?.write('one\n')
    await stored.promise
    assert.equal(lines, ['one'])
    child.stdin?.end('two\n')
    assert.is((await end).code, 0)
  })
  assert.equal(lines, ['one', 'two'])
})

test('append that is interrupted keeps what was appended, and says how much', async () => {
  const lines: string[] = []
  const stored = deferred()
  const handlers = log(lines)
  const append: Handlers['append'] = async (params, call) => {
    stored.resolve()
    return (handlers.append as Handlers['append'])(params, call)
  }
  // The id of a line in the middle of being appended is not known; one further call shows that the first is done.
  await withFakeNode({ ...handlers, append }, async ({ home }) => {
    const child = startCommand(['append', 'posts'], { home })
    const end = ended(child)
    child.stdin?.write('one\n')
    await stored.promise
    await command(['streams'], { home })
    child.kill('SIGINT')
    const { code, stderr } = await end
    assert.is(code, 130)
    assert.match(stderr, 'ABORTED')
  })
  assert.equal(lines, ['one'])
})

test('append that fails in the middle says how many lines are stored', async () => {
  const lines: string[] = []
  const handlers = log(lines)
  const append: Handlers['append'] = async (params, call) => {
    if (lines.length > 0) throw new RunnelError('DISK_FULL')
    return (handlers.append as Handlers['append'])(params, call)
  }
  await withFakeNode({ ...handlers, append }, async ({ home }) => {
    const input = `${'x'.repeat(1_500_000)}\ntwo\n`
    const { code, stderr } = await command(['append', 'posts'], { home, input })
    assert.is(code, 7)
    assert.match(stderr, /^1 line appended before this failed\nrunnel: DISK_FULL/m)
  })
})

test('append --keep wants it kept before the first line, and prints at the end who has promised what', async () => {
  const calls: [string, number | undefined, number][] = []
  const lines: string[] = []
  const handlers = log(lines)
  const kept = { label: 'posts', log: 'l', custodian: 'custodian-key', state: 'kept', untilMs: Date.UTC(2100, 0, 31) }
  const custody = [{ ...kept, bytes: 9, newest: true } as CustodyState]
  const { createStream, append } = handlers as Pick<Handlers, 'createStream' | 'append'>
  const said: Partial<Handlers> = {
    createStream: (params, call) => {
      calls.push(['createStream', params.keepS, 0])
      return createStream(params, call)
    },
    append: async (params, call) => {
      calls.push(['append', params.keepS, params.entries.length])
      return { ...(await append(params, call)), ...(params.keepS === undefined ? {} : { custody }) }
    },
  }
  await withFakeNode({ ...handlers, ...said }, async ({ home }) => {
    const { code, stdout, stderr } = await command(['append', 'posts', '--keep', '30d'], { home, input: 'one\ntwo\n' })
    assert.is(code, 0, stderr)
    assert.is(stdout, `posts.${name}\n`)
    assert.match(stderr, /^2 lines appended, 2 entries in all\nkept by custodia… until 2100-01-31, not audited yet$/m)
    assert.equal(calls.splice(0), [
      ['createStream', 2_592_000, 0],
      ['append', undefined, 2],
      ['append', 2_592_000, 0],
    ])
    const json = await command(['append', 'posts', '--keep', '1h', '--json'], { home, input: '' })
    assert.equal(records(json.stdout), [{ link: `posts.${name}`, first: 0, count: 0, length: 0, custody }])
    assert.is((await command(['append', 'posts', '--keep', 'long'], { home, input: '' })).code, 2)
  })
  assert.equal(lines, ['one', 'two'])
})

test.run()
