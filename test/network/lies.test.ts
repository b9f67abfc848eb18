// What a hostile upstream says, and what a hostile publisher signs: each is a typed error or a counted drop, nothing that
// does not verify is shown or written, and the reader goes on with what is honest.

import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, type NodeClient } from '../../api/index.js'
import { concat, Writer } from '../../stack/bytes/index.js'
import { encodeHeadAnswer, encodeNode } from '../../stack/data/index.js'
import type { Interest } from '../../stack/forward/index.js'
import { encodeNameAnswer } from '../../stack/name/index.js'
import { Person } from '../lab/person.js'
import { RawRouter } from '../lab/raw-router.js'
import { codeOf, told } from '../lab/told.js'
import { openTestCrypto } from '../provider.js'
import { filled, SampleName } from '../samples/name.js'

interface Context {
  router: RawRouter
  reader: NodeClient
  person: Person
  scratch: string
}

const crypto = await openTestCrypto()
const test = suite<Context>('network/lies')
const it = told(test)

test.before.each(async (context) => {
  context.scratch = mkdtempSync(join(tmpdir(), 'lies-'))
  context.router = await RawRouter.listen()
  context.person = new Person(crypto)
  context.person.appendTexts('one', 'two')
  context.router.answer = (interest) => context.person.answer(interest)
  context.reader = await openReader(context)
})

test.after.each(async ({ router, reader, scratch }) => {
  await reader.close()
  await router.close()
  rmSync(scratch, { recursive: true, force: true })
})

async function openReader({ scratch, router }: Context): Promise<NodeClient> {
  const home = join(scratch, 'reader')
  const reader = await connect({ embedded: true, home, upstream: [router.upstream] })
  await reader.wait({ for: 'neighbour' })
  return reader
}

async function texts(reader: NodeClient, link: string): Promise<string[]> {
  const found: string[] = []
  const stream = await reader.openStream(link, { maxAgeS: 0, idleTimeoutMs: 5_000 })
  for await (const { bytes } of stream.entries()) found.push(new TextDecoder().decode(bytes))
  return found
}

async function blamed(reader: NodeClient): Promise<number> {
  return (await reader.status()).counters.blamed ?? Number.NaN
}

/** What is asked for of one kind is answered otherwise; all else honestly. */
function lieAbout({ router, person }: Context, kind: Interest['question']['kind'], lie: RawRouter['answer']): void {
  router.answer = (interest) => (interest.question.kind === kind ? lie(interest) : person.answer(interest))
}

it('an honest person is read, which shows that the lies below are what is refused', async ({ reader, person }) => {
  assert.equal(await texts(reader, person.link), ['one', 'two'])
  assert.is(await blamed(reader), 0)
})

it('a head with a bad signature is refused, its sender blamed and named', async (context) => {
  const { reader, person, router } = context
  const { held } = person.log
  const headBytes = held.headBytes.slice()
  headBytes[headBytes.length - 1] = (headBytes.at(-1) ?? 0) ^ 1
  lieAbout(context, 'head', ({ question }) =>
    question.kind === 'head' ? encodeHeadAnswer(crypto, { ...held, headBytes }, question.have) : undefined,
  )
  const error = await reader.openStream(person.link, { idleTimeoutMs: 1_500 }).catch((thrown: unknown) => thrown)
  assert.is((error as { code: string }).code, 'NO_HOLDER')
  assert.match(JSON.stringify((error as { details: unknown }).details), router.device)
  assert.match(JSON.stringify((error as { details: unknown }).details), 'lied')
  assert.ok((await blamed(reader)) >= 1)
})

it('a head of a future time is refused, and nobody is to blame', async (context) => {
  const { reader, person } = context
  person.head = person.log.sign({ timeMs: Date.now() + 700_000 })
  assert.is(await codeOf(reader.openStream(person.link, { idleTimeoutMs: 1_500 })), 'CLOCK')
  assert.is(await blamed(reader), 0, 'the wrong clock may be our own')
  person.head = person.log.sign({ timeMs: Date.now() + 300_000 })
  assert.equal(await texts(reader, person.link), ['one', 'two'])
})

it('an older head than one that was shown never takes its place, not even after a restart', async (context) => {
  const { person } = context
  const older = person.log.held
  person.appendTexts('three')
  assert.equal(await texts(context.reader, person.link), ['one', 'two', 'three'])
  person.head = older
  assert.equal(await texts(context.reader, person.link), ['one', 'two', 'three'])
  await context.reader.close()
  context.reader = await openReader(context)
  assert.equal(await texts(context.reader, person.link), ['one', 'two', 'three'])
  assert.is(await blamed(context.reader), 0, 'who has only an older one is no liar')
})

it('a certificate of another name is refused', async (context) => {
  const { reader, person } = context
  const seeds = [filled(21), filled(22), filled(23)]
  const other = new SampleName(crypto, seeds)
  const state = other.state(other.certificate({}, seeds[0]), [undefined])
  lieAbout(context, 'name', ({ question }) =>
    question.kind === 'name' ? encodeNameAnswer(state, question.have) : undefined,
  )
  assert.is(await codeOf(reader.openStream(person.link, { idleTimeoutMs: 1_500 })), 'NO_HOLDER')
  assert.ok((await blamed(reader)) >= 1)
})

it('a certificate of a lower rung never takes the place of a higher one, not even after a restart', async (context) => {
  const { person } = context
  const { name } = person
  const thief = name.state(name.certificate({ serial: 4_000_000_000 }), [undefined])
  person.state = name.state(name.certificate({ k: 1 }), [name.card(1)])
  assert.equal(await texts(context.reader, person.link), ['one', 'two'])
  // Rung 0 was stolen: its certificate has the greater serial, and says that there are no streams.
  person.state = thief
  assert.equal(await texts(context.reader, person.link), ['one', 'two'])
  await context.reader.close()
  context.reader = await openReader(context)
  assert.equal(await texts(context.reader, person.link), ['one', 'two'])
})

it('bytes that are not the chunk that was asked for are refused, and the honest ones come from the next answer', async (context) => {
  const { reader, person } = context
  person.log.appendSizes(...Array.from({ length: 40 }, () => 20_000))
  let lies = 0
  lieAbout(context, 'chunk', (interest) => {
    const honest = person.answer(interest)
    if (lies > 0 || !(honest instanceof Uint8Array)) return honest
    lies += 1
    return honest.map((byte, index) => (index === honest.length - 1 ? byte ^ 1 : byte))
  })
  assert.is((await texts(reader, person.link)).length, 42)
  assert.is(lies, 1)
  assert.is(await blamed(reader), 1)
})

it('a fork by a copy of the key is shown to whoever has seen both, and what precedes it stays readable', async (context) => {
  const { reader, person } = context
  assert.equal(await texts(reader, person.link), ['one', 'two'])
  const copy = person.log.fork()
  copy.nowMs += 5_000
  person.appendTexts('three')
  assert.equal(await texts(reader, person.link), ['one', 'two', 'three'])
  copy.append([{ bytes: new TextEncoder().encode('another three') }])
  person.head = copy.held
  assert.is(await codeOf(texts(reader, person.link)), 'FORKED')
  const stream = await reader.openStream(person.link)
  const before: string[] = []
  for await (const { bytes } of stream.entries({ to: 2 })) before.push(new TextDecoder().decode(bytes))
  assert.equal(before, ['one', 'two'])
  assert.is(await blamed(reader), 0, 'who brings the proof is no liar')
})

// protocol.md §6.5 MUST: Of a folder a reader MUST NOT create more
it('a small tree with exponentially many paths is refused after as many files as it said', async (context) => {
  const { reader, person, scratch } = context
  const empty = encodeNode(crypto, person.scope, { level: 0, children: [] })
  const file = (name: string): Uint8Array =>
    new Writer(64).lp8(bytesOf(name)).u8(0).u16(0o644).u64(0).u8(0).put(empty.id).bytes()
  let below = person.directory([person.store(empty.chunk)], concat(file('a'), file('b')))
  for (let level = 0; level < 20; level += 1) {
    const items = Array.from({ length: 8 }, (_, index) =>
      new Writer(64)
        .lp8(bytesOf(`d${index}`))
        .u8(1)
        .u16(0o755)
        .u64(0)
        .u8(0)
        .put(below.id)
        .bytes(),
    )
    below = person.directory([below.child], concat(...items))
  }
  person.publish({ ...below, bytes: 0, reachable: 100_000 }, { files: 10, bytes: 0 })
  const output = join(scratch, 'out')
  assert.is(await codeOf(reader.get({ link: person.link, output })), 'TOO_MANY')
  const files = readdirSync(output, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  assert.ok(files.length <= 10, `${files.length} files`)
})

for (const [what, item] of [
  ['a name that climbs', new Writer(64).lp8(bytesOf('..')).u8(2).lp16(bytesOf('x')).bytes()],
  ['a name with a slash', new Writer(64).lp8(bytesOf('a/b')).u8(2).lp16(bytesOf('x')).bytes()],
  ['a symlink to above the folder', new Writer(64).lp8(bytesOf('link')).u8(2).lp16(bytesOf('../outside')).bytes()],
  ['an absolute symlink', new Writer(64).lp8(bytesOf('link')).u8(2).lp16(bytesOf('/etc/passwd')).bytes()],
] as const) {
  it(`a folder with ${what} is refused, and nothing of it is written`, async ({ reader, person, scratch }) => {
    const root = person.directory([], item)
    person.publish({ ...root, bytes: 0, reachable: 1_000 }, { files: 1, bytes: 0 })
    const output = join(scratch, 'out')
    assert.is(await codeOf(reader.get({ link: person.link, output })), 'PATH_ESCAPES')
    assert.equal(existsSync(output) ? readdirSync(output) : [], [])
    assert.not.ok(existsSync(join(scratch, 'outside')))
  })
}

// protocol.md §6.4 MUST: Readers MUST refuse others
it('a folder is never written through a symlink that stands where it goes', async ({ reader, person, scratch }) => {
  const empty = encodeNode(crypto, person.scope, { level: 0, children: [] })
  const file = new Writer(64).lp8(bytesOf('a')).u8(0).u16(0o644).u64(0).u8(0).put(empty.id).bytes()
  const docs = person.directory([person.store(empty.chunk)], file)
  const item = new Writer(64).lp8(bytesOf('docs')).u8(1).u16(0o755).u64(0).u8(0).put(docs.id).bytes()
  person.publish({ ...person.directory([docs.child], item), bytes: 0, reachable: 1_000 }, { files: 1, bytes: 0 })
  const [output, outside] = [join(scratch, 'out'), join(scratch, 'outside')]
  mkdirSync(output)
  mkdirSync(outside)
  symlinkSync(outside, join(output, 'docs'))
  await reader.get({ link: person.link, output })
  assert.equal(readdirSync(outside), [])
  assert.ok(lstatSync(join(output, 'docs')).isDirectory())
  assert.equal(readdirSync(join(output, 'docs')), ['a'])
})

it('an upstream that says nothing at all costs a call its own time only, and it ends with TIMEOUT', async (context) => {
  const { reader, person, router } = context
  router.answer = () => undefined
  const started = performance.now()
  assert.is(await codeOf(reader.openStream(person.link, { idleTimeoutMs: 1_500 })), 'TIMEOUT')
  assert.ok(performance.now() - started < 10_000)
})

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

test.run()
