// The vectors of names, confirmed by a second hand: BLAKE3 and Ed25519 of @noble, AES of node:crypto, and base32 written
// another way, with none of the code that made them.

import { createDecipheriv } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../provider.js'
import { nameVectors } from './name.js'

interface Vectors {
  seeds: { rungs: string[]; device: string; log: string; secret: string }
  text: { kind: number; bytes: string; text: string }[]
  signature: { seed: string; publicKey: string; message: string; signature: string }
  ladder: { publicKeys: string[]; rungs: string[]; bytes: string; name: string }
  certificates: {
    ascending: { rungKey: string; bytes: string; bodyHash: string }[]
    joint: { of: { devices: string[]; serial: number }[]; joint: { devices: string[]; serial: number } }
  }
  scopes: { cards: string }
  card: {
    stream: { log: string; memberBody: string; signature: string }
    sealedStream: { log: string; memberBody: string; signature: string; id: string; sealed: string }
    chunk: string
    chunkName: string
  }
  cardHead: { device: string; chunk: string; bytes: string; message: string; signature: string }
  closings: { chunk: string; chunkName: string }
  nameAnswers: { payload: string }[]
}

const vectors = JSON.parse(JSON.stringify(nameVectors(await openTestCrypto()))) as Vectors
const test = suite('vectors of names')

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const kdf = (context: string, message: string): string =>
  hex(blake3(bytes(message), { context: new TextEncoder().encode(context) }))
const signed = (type: string, body: string): Uint8Array =>
  Uint8Array.from(Buffer.concat([Buffer.from(`runnel v1 sign ${type}\0`), bytes(body)]))
const verifies = (key: string, type: string, body: string, signature: string): boolean =>
  ed25519.verify(bytes(signature), signed(type, body), bytes(key), { zip215: false })

test('texts are base32 of bytes, kind and checksum', () => {
  for (const { kind, bytes: value, text } of vectors.text) {
    const bits = [...text].map((character) => 'abcdefghijklmnopqrstuvwxyz234567'.indexOf(character))
    const binary = bits.map((value) => value.toString(2).padStart(5, '0')).join('')
    const decoded = binary
      .match(/.{8}/g)
      ?.map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, '0'))
      .join('')
    const clear = kind.toString(16).padStart(2, '0')
    assert.is(decoded, value + clear + kdf('runnel v1 text', clear + value).slice(0, 4))
  }
})

test('the name commits to the ladder, and the ladder to its keys', () => {
  const { publicKeys, rungs, bytes: ladder, name } = vectors.ladder
  assert.equal(
    publicKeys,
    vectors.seeds.rungs.map((seed) => hex(ed25519.getPublicKey(bytes(seed)))),
  )
  assert.equal(
    rungs,
    publicKeys.map((key) => kdf('runnel v1 rung', key)),
  )
  assert.is(ladder, `0103${rungs.join('')}`)
  assert.is(name, kdf('runnel v1 name', ladder))
})

test('every signature verifies over the type and the fields before it', () => {
  const { seed, publicKey, message, signature } = vectors.signature
  assert.is(hex(ed25519.sign(bytes(message), bytes(seed))), signature)
  assert.is(hex(ed25519.getPublicKey(bytes(seed))), publicKey)
  for (const { rungKey, bytes: whole, bodyHash } of vectors.certificates.ascending) {
    assert.ok(verifies(rungKey, 'cert', whole.slice(0, -128), whole.slice(-128)))
    assert.is(hex(blake3(bytes(whole.slice(0, -128)))), bodyHash)
  }
  const head = vectors.cardHead
  assert.ok(verifies(head.device, 'card', head.bytes.slice(0, -128), head.signature))
  assert.is(hex(signed('card', head.bytes.slice(0, -128))), head.message)
  for (const member of [vectors.card.stream, vectors.card.sealedStream]) {
    assert.ok(verifies(member.log, 'member', member.memberBody, member.signature))
  }
})

test('the joint certificate stands above both and lists the devices of both, sorted', () => {
  const { of, joint } = vectors.certificates.joint
  assert.equal(joint.devices, of.flatMap(({ devices }) => devices).sort())
  assert.is(joint.serial, Math.max(...of.map(({ serial }) => serial)) + 1)
})

test('chunks are named by their hashes, and the head names the card', () => {
  assert.is(hex(blake3(bytes(vectors.card.chunk))), vectors.card.chunkName)
  assert.is(hex(blake3(bytes(vectors.closings.chunk))), vectors.closings.chunkName)
  assert.is(vectors.cardHead.chunk, vectors.card.chunkName)
})

test('the sealed record opens to the log and its label, padded to 224 bytes', () => {
  const { id, sealed, log, signature } = vectors.card.sealedStream
  const scope = kdf('runnel v1 scope', `02${vectors.seeds.secret}`)
  assert.is(vectors.scopes.cards, scope)
  const decipher = createDecipheriv('aes-256-ctr', bytes(kdf('runnel v1 seal key', scope + id)), new Uint8Array(16))
  const opened = hex(decipher.update(bytes(sealed)))
  const timeMs = (1_700_000_000_000).toString(16).padStart(16, '0')
  const label = hex(new TextEncoder().encode('drafts'))
  assert.is(opened, `${timeMs}06${label}${log}01${signature}`.padEnd(448, '0'))
  assert.is(hex(blake3(bytes(`060000${opened}`), { key: bytes(scope) })), id)
  assert.ok(vectors.card.chunk.includes(id + sealed))
})

test('the answers to who has nothing, no card, this version and a later one differ in what they leave out', () => {
  const lengths = vectors.nameAnswers.map(({ payload }) => payload.length / 2)
  const chunk = vectors.card.chunk.length / 2
  const [whole, noCard, sameVersion, later] = lengths
  assert.is(whole, noCard)
  assert.is(sameVersion, (whole ?? 0) - chunk)
  assert.is(later, (whole ?? 0) - chunk - 181)
})

test.run()
