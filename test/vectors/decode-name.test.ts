// The vectors of names, signatures, links and homes are read and verified by the decoders of the stack, from the file.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FrameSplitter } from '../../api/protocol/index.js'
import { decodeRecord } from '../../node/store/record.js'
import { scanSegment } from '../../node/store/scan.js'
import { toHex } from '../../stack/bytes/index.js'
import { verifyTyped } from '../../stack/crypto/index.js'
import { childrenOf } from '../../stack/data/index.js'
import { decodeFrames } from '../../stack/link/frame.js'
import { decodeHello } from '../../stack/link/hello.js'
import {
  compareCertificates,
  decodeCard,
  decodeCardHead,
  decodeCertificate,
  decodeClosings,
  decodeText,
  parseLink,
  parseNeighbour,
  phraseToSeed,
  streamsOf,
  verifyCardHead,
  verifyCertificate,
  verifyNameAnswer,
} from '../../stack/name/index.js'
import { openTestCrypto } from '../provider.js'
import { describeValue } from './api.js'
import { accepted, bytesOf, readVectors } from './file.js'
import { describeItem } from './store.js'

const crypto = await openTestCrypto()
const { name: vectors, signature, link, store, api } = readVectors()
const name = bytesOf(vectors.ladder.name)
const { timeMs } = vectors.seeds
const test = suite('vectors of names, links and homes, decoded')

test('texts, links, neighbours and phrases', () => {
  for (const { kind, bytes, text } of vectors.text) {
    const decoded = accepted(decodeText(crypto, text))
    assert.equal([decoded.kind, toHex(decoded.bytes)], [kind, bytes])
  }
  for (const { text, reason } of vectors.refusedTexts) assert.is(decodeText(crypto, text), reason)
  for (const { text, target, key, label, secret, path } of vectors.links) {
    const parsed = accepted(parseLink(crypto, text))
    const found = [parsed.target, toHex(parsed.key), parsed.label ?? null, parsed.secret && toHex(parsed.secret)]
    assert.equal([...found, parsed.path], [target, key, label, secret ?? undefined, path])
  }
  for (const { text, device, host, port } of vectors.neighbours) {
    const parsed = accepted(parseNeighbour(crypto, text))
    assert.equal([toHex(parsed.device), parsed.host, parsed.port], [device, host, port])
  }
  for (const [rung, phrase] of vectors.ladder.phrases.entries()) {
    assert.is(toHex(accepted(phraseToSeed(phrase))), `0${rung + 1}`.repeat(32))
  }
})

test('signatures are accepted and refused as the file says', () => {
  const { type, publicKey, body, signature: signed } = vectors.signature
  assert.ok(verifyTyped(crypto, type, bytesOf(publicKey), bytesOf(body), bytesOf(signed)))
  assert.not(verifyTyped(crypto, 'card', bytesOf(publicKey), bytesOf(body), bytesOf(signed)))
  for (const { why, valid, publicKey: key, message, signature: bytes } of signature.cases) {
    assert.is(crypto.ed25519.verify(bytesOf(key), bytesOf(message), bytesOf(bytes)), valid, why)
  }
})

test('certificates verify, and each supersedes the one before', () => {
  const certificates = vectors.certificates.ascending.map(({ bytes, k, serial, devices }) => {
    const certificate = accepted(decodeCertificate(bytesOf(bytes)))
    assert.is(verifyCertificate(crypto, name, certificate), undefined)
    assert.equal([certificate.k, certificate.serial, certificate.devices.map(toHex)], [k, serial, devices])
    return certificate
  })
  for (const [at, later] of certificates.slice(1).entries()) {
    const earlier = certificates[at]
    assert.ok(earlier !== undefined && compareCertificates(crypto, later, earlier) > 0)
  }
})

test('the card, its head, the closings and the answers verify', () => {
  const certificate = accepted(decodeCertificate(bytesOf(vectors.certificates.ascending[0]?.bytes)))
  const head = accepted(decodeCardHead(bytesOf(vectors.cardHead.bytes)))
  assert.is(verifyCardHead(crypto, name, certificate, head, timeMs), undefined)
  assert.is(verifyCardHead(crypto, name, certificate, head, timeMs - 600_001), 'future-time')
  assert.equal([head.version, head.maxAgeS, toHex(head.chunk)], [1, vectors.cardHead.maxAgeS, vectors.cardHead.chunk])
  assert.is(accepted(decodeCard(bytesOf(vectors.card.chunk))).length, 3)
  const [whole] = vectors.nameAnswers.map(({ payload }) => {
    return accepted(verifyNameAnswer(crypto, timeMs, name, undefined, bytesOf(payload)))
  })
  assert.ok(whole)
  const listings = streamsOf(crypto, whole.state, timeMs, bytesOf(vectors.seeds.secret))
  const { stream, sealedStream } = vectors.card
  assert.equal(
    listings.map(({ label, log }) => [label, toHex(log)]),
    [sealedStream, stream].map(({ label, log }) => [label, log]),
  )
  const closings = accepted(decodeClosings(bytesOf(vectors.closings.chunk)))
  assert.equal(
    closings.map(({ device, logs }) => [toHex(device), logs.map(({ length }) => length)]),
    vectors.closings.devices.map(({ device, logs }) => [device, logs.map(({ length }) => length)]),
  )
  // The second device had no card: one head, and root and page of one log.
  assert.is(accepted(childrenOf(bytesOf(vectors.closings.chunk))).length, 3)
})

test('hellos and the frames of the first records', () => {
  for (const { bytes, rank, device } of link.hellos) {
    const hello = accepted(decodeHello(bytesOf(bytes)))
    assert.equal([hello.timeMs, hello.rank, toHex(hello.device)], [timeMs, rank, device])
  }
  const types = link.handshake.records.map(({ frames }) =>
    accepted(decodeFrames(bytesOf(frames))).map(({ type }) => type),
  )
  assert.equal(types, [[0x14], [0x01]])
})

test('store records hold their items, in their place only', () => {
  for (const { place, items, bytes } of store.records) {
    const placed = accepted(decodeRecord(crypto, place, bytesOf(bytes)))
    assert.equal(
      placed.map(({ item }) => describeItem(item)),
      items,
    )
    assert.is(decodeRecord(crypto, place === 'own' ? 'kept' : 'own', bytesOf(bytes)), 'bad-checksum')
  }
})

test('a scan of the segment finds its two records and ends before the zeros', () => {
  const { place, offsets, end, bytes } = store.segment
  const found: number[] = []
  const scanned = scanSegment(crypto, place, bytesOf(bytes), {
    record: (offset) => found.push(offset),
    damage: () => assert.unreachable('there is no damage'),
  })
  assert.equal([found, scanned.end, scanned.dirtyTail], [offsets, end, false])
})

test('frames of the API say what the file says', () => {
  for (const { says, bytes } of [...api.client, ...api.node]) {
    const splitter = new FrameSplitter()
    const frames: unknown[] = []
    splitter.push(bytesOf(bytes), (frame) => frames.push(describeValue(frame)) > 0)
    assert.equal([frames, splitter.refused], [[says], undefined])
  }
})

test.run()
