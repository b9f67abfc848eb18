// Targets of stack/name: texts, and what a name says. Where a signature would stop a changed input, it is signed again.

import { concat, decodeUtf8, encodeUtf8, equal, toHex } from '../../../stack/bytes/index.js'
import { cardScope, open, seal } from '../../../stack/crypto/index.js'
import { decodeBase32, encodeBase32 } from '../../../stack/name/base32.js'
import {
  compareCertificates,
  decodeCard,
  decodeCardHead,
  decodeCertificate,
  decodeClosings,
  decodeLadder,
  decodeStreamBody,
  decodeText,
  encodeCard,
  encodeCardHead,
  encodeCertificate,
  encodeClosings,
  encodeLadder,
  encodeNameAnswer,
  encodeStreamBody,
  encodeText,
  formatLink,
  formatNeighbour,
  haveOf,
  isLabel,
  type NameMerge,
  type NameState,
  openStreamRecord,
  parseLink,
  parseNeighbour,
  petnameOf,
  phraseToSeed,
  sameNameState,
  seedToPhrase,
  streamsOf,
  verifyCardHead,
  verifyCertificate,
  verifyNameAnswer,
} from '../../../stack/name/index.js'
import { decodeLabel, encodeLabel } from '../../../stack/name/label.js'
import { sampleSeeds } from '../../samples/name.js'
import { codec } from '../codec.js'
import { readFolder } from '../corpus.js'
import { resignCertificate, resignNameAnswer } from '../resign.js'
import { crypto, deviceSeeds, keys, nowMs, person, words } from '../samples.js'
import { demand, type Target } from '../target.js'

const texts = [0, 1, 2, 3].map((kind) => encodeText(crypto, kind as 0 | 1 | 2 | 3, person.name))
const textWords = words(...texts, 'main.', '+', '/', '.', '..', '@', ':7254', '[::1]', 'a-b')

/** The text of an input, where it is one. */
const asText = (bytes: Uint8Array): string => decodeUtf8(bytes) ?? ''

export const nameTargets: readonly Target[] = [
  codec({
    name: 'stack/name/text',
    covers: ['decodeText'],
    corpora: ['stack/name/corpus/text'],
    words: textWords,
    decode: (bytes) => decodeText(crypto, asText(bytes)),
    check: ({ kind, bytes }, input) => {
      demand(encodeText(crypto, kind, bytes) === asText(input).toLowerCase(), 'a text goes back to itself')
    },
  }),
  codec({
    name: 'stack/name/base32',
    covers: ['decodeBase32'],
    seeds: () => texts.map(encodeUtf8),
    decode: (bytes) => decodeBase32(asText(bytes)),
    check: (value, bytes) => {
      if (value.length % 5 === 0) demand(encodeBase32(value) === asText(bytes).toLowerCase(), 'goes back to its text')
    },
  }),
  codec({
    name: 'stack/name/link',
    covers: ['parseLink'],
    corpora: ['stack/name/corpus/link'],
    words: textWords,
    decode: (bytes) => parseLink(crypto, asText(bytes)),
    check: (link) => {
      const again = parseLink(crypto, formatLink(crypto, link))
      demand(typeof again !== 'string' && formatLink(crypto, again) === formatLink(crypto, link), 'a link stays itself')
      for (const part of link.path) demand(part !== '' && part !== '.' && part !== '..', 'a path stays in its folder')
    },
  }),
  codec({
    name: 'stack/name/neighbour',
    covers: ['parseNeighbour'],
    corpora: ['stack/name/corpus/neighbour'],
    words: textWords,
    decode: (bytes) => parseNeighbour(crypto, asText(bytes)),
    check: (neighbour) => {
      const text = formatNeighbour(crypto, neighbour)
      const again = parseNeighbour(crypto, text)
      demand(typeof again !== 'string' && formatNeighbour(crypto, again) === text, 'a neighbour stays itself')
    },
  }),
  codec({
    name: 'stack/name/phrase',
    covers: ['phraseToSeed'],
    corpora: ['stack/name/corpus/phrase'],
    allocatesBytes: 1 << 16,
    words: words('abandon', 'zoo', ' ', '\n', '\u3000'),
    decode: (bytes) => phraseToSeed(asText(bytes)),
    check: (seed, bytes) => {
      const given = asText(bytes).toLowerCase().trim().split(/\s+/).join(' ')
      demand(seedToPhrase(seed) === given, 'a phrase goes back to its words')
    },
  }),
  {
    name: 'stack/name/label',
    kind: 'decoder',
    covers: ['decodeLabel'],
    seeds: () => words('main', 'a-1', 'x'.repeat(63)),
    run(bytes) {
      const label = decodeLabel(bytes)
      demand(
        label === undefined || (isLabel(label) && equal(encodeLabel(label), bytes)),
        'a label goes back to its bytes',
      )
    },
  },
  codec({
    name: 'stack/name/ladder',
    covers: ['decodeLadder'],
    corpora: ['stack/name/corpus/ladder'],
    decode: decodeLadder,
    encode: encodeLadder,
  }),
  codec({
    name: 'stack/name/certificate',
    covers: ['decodeCertificate'],
    corpora: ['stack/name/corpus/certificate'],
    words: keys,
    seeds: () => [32, 33].map(crowded),
    decode: decodeCertificate,
    encode: encodeCertificate,
  }),
  codec({
    name: 'stack/name/card-head',
    covers: ['decodeCardHead'],
    corpora: ['stack/name/corpus/card-head'],
    words: keys,
    decode: decodeCardHead,
    encode: encodeCardHead,
  }),
  codec({
    name: 'stack/name/card',
    covers: ['decodeCard'],
    corpora: ['stack/name/corpus/card'],
    decode: decodeCard,
    encode: encodeCard,
  }),
  codec({
    name: 'stack/name/closings',
    covers: ['decodeClosings'],
    corpora: ['stack/name/corpus/closings'],
    decode: decodeClosings,
    encode: encodeClosings,
  }),
  codec({
    name: 'stack/name/stream-body',
    covers: ['decodeStreamBody'],
    seeds: () => [encodeStreamBody(person.stream())],
    decode: decodeStreamBody,
    encode: encodeStreamBody,
  }),
  codec({
    name: 'stack/name/sealed-stream',
    covers: ['openStreamRecord'],
    // The input is what stands behind the seal.
    seeds: () => [encodeStreamBody(person.stream('drafts', 'unlisted')), ...openedRecords()],
    decode: (bytes) => {
      const padded = new Uint8Array(Math.max(224, bytes.length))
      padded.set(bytes)
      const sealed = seal(crypto, cardScope(crypto, sampleSeeds.secret), 6, new Uint8Array(0), padded)
      return openStreamRecord(crypto, sampleSeeds.secret, { type: 'sealed', ...sealed })
    },
    check: (record, bytes) => {
      const body = encodeStreamBody(record)
      const given = new Uint8Array(224)
      given.set(bytes.subarray(0, 224))
      demand(equal(body, given.subarray(0, body.length)), 'a sealed record goes back to its bytes')
    },
  }),
  {
    name: 'stack/name/certificate-signed',
    kind: 'decoder',
    covers: [],
    corpora: ['stack/name/corpus/certificate'],
    run(bytes) {
      const signed = resignCertificate(bytes)
      if (signed === undefined) return
      const certificate = decodeCertificate(signed.certificate)
      demand(typeof certificate !== 'string', 'a signed certificate is read')
      demand(verifyCertificate(crypto, signed.name, certificate) === undefined, 'a signed certificate is accepted')
      demand(compareCertificates(crypto, certificate, certificate) === 0, 'a certificate says what itself says')
      const other = person.certificate()
      const order = Math.sign(compareCertificates(crypto, certificate, other))
      demand(order === -Math.sign(compareCertificates(crypto, other, certificate)), 'of two, one supersedes')
    },
  },
  nameAnswer('stack/name/name-answer', ['verifyNameAnswer'], ['stack/name/corpus/name-answer'], false),
  nameAnswer('stack/name/name-answer-signed', [], ['stack/name/corpus/name-answer'], true),
]

/** Any answer for a name, to who has nothing and to who has something. */
function nameAnswer(name: string, covers: string[], corpora: string[], signed: boolean): Target {
  const one = person.state()
  const two = person.state(
    person.certificate({ devices: [person.device, person.secondDevice], serial: 1_800_000_000 }),
    [person.card(3), person.card(2, undefined, undefined, deviceSeeds[1])],
  )
  return {
    name,
    kind: 'decoder',
    covers,
    corpora,
    ...(signed ? { casesInCi: 2_000 } : {}),
    allocatesBytes: 1 << 18,
    words: keys,
    seeds: () => [one, two].map((state) => encodeNameAnswer(state, haveOf(undefined))),
    run(bytes) {
      const again = signed ? resignNameAnswer(bytes) : { name: person.name, payload: bytes }
      if (again === undefined) return
      const payload = again.payload.slice()
      const first = verifyNameAnswer(crypto, nowMs, again.name, undefined, payload)
      if (typeof first === 'string') return
      checkMerge(again.name, undefined, first, payload)
      for (const held of [one, two]) {
        if (!equal(held.name, again.name)) continue
        const merged = verifyNameAnswer(crypto, nowMs, again.name, held, again.payload)
        if (typeof merged !== 'string') checkMerge(again.name, held, merged, payload)
      }
    },
  }
}

/** What was taken from an answer is verified, no older than what was held, and apart from the answer's memory. */
function checkMerge(name: Uint8Array, held: NameState | undefined, { state }: NameMerge, payload: Uint8Array): void {
  demand(equal(state.name, name), 'the state is of the name that was asked for')
  demand(verifyCertificate(crypto, name, state.certificate) === undefined, 'its certificate verifies')
  demand(equal(encodeCertificate(state.certificate), state.certificateBytes), 'and is what its bytes say')
  demand(held === undefined || compareCertificates(crypto, state.certificate, held.certificate) >= 0, 'never older')
  for (const card of state.cards) {
    if (card === undefined) continue
    demand(verifyCardHead(crypto, name, state.certificate, card.head, nowMs) === undefined, 'each card head verifies')
    demand(equal(crypto.hash(card.chunk), card.head.chunk), 'each card is what its head names')
  }
  for (const { label } of streamsOf(crypto, state, nowMs, sampleSeeds.secret))
    demand(isLabel(label), 'streams have labels')
  petnameOf(state, nowMs)
  const before = toHex(encodeNameAnswer(state, haveOf(undefined)))
  payload.fill(0xee)
  const told = encodeNameAnswer(state, haveOf(undefined))
  demand(toHex(told) === before, 'the state shares no memory with the answer')
  const again = verifyNameAnswer(crypto, nowMs, name, undefined, told)
  demand(typeof again !== 'string' && sameNameState(again.state, state), 'what is held can be told on')
}

/** The bytes of a certificate with so many devices, also with more than it may have. */
function crowded(devices: number): Uint8Array {
  const bytes = encodeCertificate(person.certificate({ devices: [person.device] }))
  const at = bytes.length - 64 - 32 - 32
  const listed = Array.from({ length: devices }, (_, index) => new Uint8Array(32).fill(index + 1))
  return concat(bytes.subarray(0, at - 1), Uint8Array.of(devices), ...listed, bytes.subarray(at + 32))
}

/** What the records of the corpus hold, as far as they open. */
function openedRecords(): Uint8Array[] {
  return readFolder('stack/name/corpus/sealed-stream').flatMap(({ bytes }) => {
    if (bytes.length < 32) return []
    const scope = cardScope(crypto, sampleSeeds.secret)
    const record = open(crypto, scope, 6, new Uint8Array(0), bytes.subarray(0, 32), bytes.subarray(32))
    return typeof record === 'string' ? [] : [record]
  })
}
