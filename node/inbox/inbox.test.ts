// Letters from end to end: signed for by two, taken once, shown until acknowledged, whoever is killed meanwhile; contacts,
// and custodians that do not keep their word.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError } from '../../errors/index.js'
import { concat, equal } from '../../stack/bytes/index.js'
import {
  dayOf,
  encodeLetter,
  type LetterBody,
  PuzzleSearch,
  sealEnvelope,
  signLetter,
} from '../../stack/inbox/index.js'
import { encodeCertificate, inboxOf } from '../../stack/name/index.js'
import { until } from '../../test/lab/until.js'
import { type PostNode, PostOffice } from '../../test/node/post-office.js'
import { openTestCrypto } from '../../test/provider.js'
import { systemTime } from '../store/index.js'
import { localTalks, TalkClient } from './talk.js'

const crypto = await openTestCrypto()
const test = suite('node/inbox')
const mebibyte = 1 << 20

interface Scene {
  readonly office: PostOffice
  readonly owner: PostNode
  readonly sender: PostNode
  readonly first: PostNode
  readonly second: PostNode
}

/** An owner whose inbox two custodians keep, and somebody who writes. */
async function scene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const office = new PostOffice(crypto)
  try {
    const [first, second] = [await office.open(10, 8 * mebibyte), await office.open(11, 8 * mebibyte)]
    const [owner, sender] = [await office.open(12), await office.open(13)]
    await owner.stop()
    await owner.start([first, second])
    await kept(owner, 2)
    await run({ office, owner, sender, first, second })
  } finally {
    await office.close()
  }
}

function kept(owner: PostNode, count: number): Promise<unknown> {
  return until(`${count} custodians are listed`, () => (owner.records[0]?.custodians.length ?? 0) === count)
}

function waiting(owner: PostNode, count: number): Promise<unknown> {
  return until(`${count} letters wait`, () => owner.inbox.letters.waiting === count)
}

test('a letter to an owner that is off is signed for by both custodians, and is there once when it comes up', () =>
  scene(async ({ owner, sender, first, second }) => {
    await owner.stop()
    const sent = await sender.send(owner, 'hello')
    assert.equal([sent.receipts.length, sent.refused.length], [2, 0])
    await sender.stop()
    await owner.start([first, second])
    await waiting(owner, 1)
    assert.equal(await owner.read(true), ['hello'])
    await until(
      'both custodians have let go of it',
      () => first.service.machine.boxes[0]?.usedBytes === 0 && second.service.machine.boxes[0]?.usedBytes === 0,
    )
    assert.equal(await owner.read(), [])
  }))

// protocol.md §20.5 MUST: Each letter is stored and flushed
test('it is shown until it is acknowledged and never after, whoever is killed in between', () =>
  scene(async ({ owner, sender, first, second }) => {
    await owner.stop()
    await sender.send(owner, 'once')
    await first.kill()
    await second.kill()
    await first.start()
    await second.start()
    await owner.start([first, second])
    await waiting(owner, 1)
    assert.equal(await owner.read(), ['once'])
    await owner.kill()
    await owner.start([first, second])
    assert.equal(await owner.read(true), ['once'], 'it was not acknowledged')
    await owner.kill()
    // As if it had never been told that it was taken.
    const disk = first.files.copy()
    await owner.start([first, second])
    first.files = disk
    await kept(owner, 2)
    assert.equal(await owner.read(), [])
    assert.is(owner.inbox.letters.waiting, 0)
  }))

test('what waited is taken together: by fewer flushes than there are letters', () =>
  scene(async ({ owner, sender, first, second }) => {
    await owner.stop()
    const texts = Array.from({ length: 12 }, (_, number) => `letter ${number}`)
    for (const text of texts) await sender.send(owner, text)
    const before = owner.files.changes.length
    await owner.start([first, second])
    await waiting(owner, texts.length)
    const flushes = owner.files.changes.slice(before).filter(({ kind }) => kind === 'flush').length
    assert.ok(flushes < texts.length, `${flushes} flushes`)
    assert.equal((await owner.read(true)).toSorted(), texts.toSorted())
  }))

test('letters are shown in the order of their coming, after a restart too', () =>
  scene(async ({ owner, sender, first, second }) => {
    const texts = ['one', 'two', 'three', 'four']
    for (const [index, text] of texts.entries()) {
      await sender.send(owner, text)
      await waiting(owner, index + 1)
    }
    await owner.kill()
    await owner.start([first, second])
    assert.equal(await owner.read(), texts)
    await sender.send(owner, 'five')
    await waiting(owner, 5)
    assert.equal(await owner.read(true), [...texts, 'five'])
  }))

test('what comes while the owner is up is told at once, in its order', () =>
  scene(async ({ owner, sender }) => {
    const following = owner.inbox.waiting(true, new AbortController().signal)
    for (const text of ['one', 'two']) {
      const next = following.next()
      await sender.send(owner, text)
      const { value } = await next
      assert.is(new TextDecoder().decode(value?.letter.body), text)
      assert.ok(equal(value?.letter.sender ?? new Uint8Array(0), sender.name))
    }
  }))

test('one custodian is enough where the other is off, and nobody is an error that says who was asked', () =>
  scene(async ({ owner, sender, first, second }) => {
    await owner.stop()
    await first.stop()
    const sent = await sender.send(owner, 'hello')
    assert.equal([sent.receipts.length, sent.refused.length], [1, 1])
    await second.stop()
    const error = await sender.send(owner, 'hello').catch((thrown: unknown) => thrown)
    assert.ok(isRunnelError(error, 'NOT_DELIVERED'))
    assert.is((error.details as { asked: unknown[] }).asked.length, 2)
    assert.ok(isRunnelError(await sender.send(first, 'x').catch((thrown: unknown) => thrown), 'NO_INBOX'))
  }))

test('a custodian that signs and drops is named, and the letter is there all the same', () =>
  scene(async ({ owner, sender, first, second }) => {
    await owner.stop()
    await sender.send(owner, 'hello')
    await until('the second has it', () => second.service.machine.boxes[0]?.size === 1)
    first.forgetEverything()
    await owner.start([first, second])
    await waiting(owner, 1)
    await until('a custodian is named', () => owner.inbox.keepers().some(({ dropped }) => dropped > 0))
    const named = owner.inbox.keepers().filter(({ dropped }) => dropped > 0)
    assert.equal(
      named.map(({ custodian }) => custodian),
      [first.device],
    )
    assert.equal(await owner.read(true), ['hello'])
  }))

test('who was allowed sends with tickets, gets new ones when half are used, and is not shown when blocked', () =>
  scene(async ({ owner, sender, first, second }) => {
    await sender.stop()
    await sender.start([first, second])
    await kept(sender, 2)
    await owner.inbox.allow(sender.name, new AbortController().signal)
    const signal = new AbortController().signal
    const tickets = (): number => sender.inbox.contacts.held
    await until('the tickets came', () => tickets() === 32)
    assert.equal(await sender.read(), [], 'a grant is no letter')
    for (let index = 0; index < 16; index++) await sender.send(owner, `letter ${index}`)
    await waiting(owner, 16)
    await until('further tickets came', () => tickets() === 48)
    assert.is((await owner.read(true)).length, 16)
    const { revoked } = await owner.inbox.block(sender.name)
    assert.is(revoked, 48)
    await sender.inbox.send(owner.name, { subject: '', body: new Uint8Array(1), attachments: [] }, signal)
    await until('it was taken', () => (owner.inbox.refused.get('blocked') ?? 0) > 0)
    assert.equal(await owner.read(), [])
  }))

test('a letter that its recipient passes on as if it had been written to somebody else is counted and not shown', () =>
  scene(async ({ owner, sender, first: forger, second: custodian }) => {
    const { device, deviceSeed, name } = sender
    const certificate = encodeCertificate(sender.certificate())
    const written: LetterBody = {
      ...{ sender: name, certificate, device, timeMs: Date.now(), id: new Uint8Array(16).fill(5) },
      ...{
        kind: 'message',
        subject: '',
        body: new TextEncoder().encode('for you alone'),
        attachments: [],
        tickets: [],
      },
    }
    // The forger has the letter whole, with the signature that was made for its own inbox, and seals it for the owner.
    const recipients = [{ device: forger.device, enc: new Uint8Array(32).fill(6) }]
    const letter = encodeLetter(signLetter(crypto, deviceSeed, written, { inbox: forger.name, recipients }))
    const random = new Uint8Array(64).fill(7)
    const contentKey = random.slice(0, 32)
    const to = inboxOf(owner.state(), Date.now()).open
    const envelope = sealEnvelope(crypto, { inbox: owner.name, to, body: written, deviceSeed, random })
    if (typeof envelope === 'string') throw new Error(envelope)
    const header = envelope.slice(0, envelope.length - 1024 - 16)
    const padded = new Uint8Array(1024)
    new DataView(padded.buffer).setUint32(0, letter.length)
    padded.set(letter, 4)
    const forged = concat(header, crypto.sealRecord(contentKey, 0, padded, header))
    const day = dayOf(Date.now())
    const puzzle = { inbox: owner.name, day, sizeClass: 0, envelope: crypto.hash(forged) }
    const nonce = new PuzzleSearch(crypto, puzzle, 16, 0).step(10_000_000) ?? 0
    const [here, there] = localTalks(forger.device, custodian.device)
    void custodian.service.serve(there)
    const client = new TalkClient(here, systemTime)
    const admission = { kind: 'puzzle', day, nonce } as const
    assert.is((await client.ask({ type: 'deliver', admission, envelope: forged })).type, 'receipt')
    client.close()
    await until('it is counted', () => owner.inbox.refused.get('bad-signature') === 1)
    assert.equal(await owner.read(), [])
    // What was meant for the owner is shown all the same.
    await sender.send(owner, 'for you')
    await waiting(owner, 1)
    assert.equal(await owner.read(), ['for you'])
  }))

test('an inbox key whose weeks are over is an error that says since when', () =>
  scene(async ({ office, owner, sender }) => {
    office.aheadMs = 60 * 86_400_000
    const error = await sender.send(owner, 'late').catch((thrown: unknown) => thrown)
    assert.ok(isRunnelError(error, 'NO_INBOX'))
    assert.match(error.message, /ended on/)
  }))

test.run()
