// Vectors of the protocol's pages on text, signatures, names, cards and closings (§2 to §4, §6.6, §6.7), made from the
// fixed seeds of the sample name. Byte strings are lower-case hex; times are milliseconds since 1970.

import { concat, encodeUtf8, toHex, Writer } from '../../stack/bytes/index.js'
import { type Crypto, cardScope, fileScope, runScope, signedMessage } from '../../stack/crypto/index.js'
import {
  addressOf,
  type CardHead,
  type Certificate,
  compareCertificates,
  DEFAULT_LABEL,
  decodeText,
  encodeCardHead,
  encodeCertificate,
  encodeClosings,
  encodeLadder,
  encodeNameAnswer,
  encodeText,
  formatAddress,
  formatLink,
  formatNeighbour,
  joinCertificates,
  type Link,
  rungOf,
  sealStreamRecord,
  seedToPhrase,
  streamAddressKey,
  TextKind,
} from '../../stack/name/index.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../samples/name.js'

/** A plain object that JSON holds: the vectors by section. */
export function nameVectors(crypto: Crypto): Record<string, unknown> {
  const sample = new SampleName(crypto)
  return {
    seeds: {
      rungs: sampleSeeds.rungs.map(toHex),
      device: toHex(sampleSeeds.device),
      secondDevice: toHex(sampleSeeds.secondDevice),
      log: toHex(sampleSeeds.log),
      secret: toHex(sampleSeeds.secret),
      timeMs: sampleTimeMs,
    },
    text: texts(crypto, sample),
    refusedTexts: refusedTexts(crypto, sample),
    addresses: addresses(crypto, sample),
    links: links(crypto, sample),
    neighbours: neighbours(crypto, sample),
    signature: signature(crypto, sample),
    ladder: ladder(crypto, sample),
    certificates: certificates(crypto, sample),
    scopes: scopes(crypto, sample),
    card: card(crypto, sample),
    cardHead: cardHeadVector(crypto, sample.cardHead()),
    closings: closings(crypto, sample),
    nameAnswers: nameAnswers(sample),
  }
}

function texts(crypto: Crypto, sample: SampleName): unknown {
  const secret = sampleSeeds.secret
  const kinds = { name: sample.name, log: sample.log, device: sample.device, secret }
  return (Object.keys(kinds) as (keyof typeof kinds)[]).map((kind) => ({
    kind: TextKind[kind],
    bytes: toHex(kinds[kind]),
    text: encodeText(crypto, TextKind[kind], kinds[kind]),
  }))
}

/** A typing error, what is no base32, half a text, and a kind of a later version. */
function refusedTexts(crypto: Crypto, sample: SampleName): unknown {
  const text = encodeText(crypto, TextKind.name, sample.name)
  const later = encodeText(crypto, 4 as TextKind, sample.name)
  const all = [`l${text.slice(1)}`, `1${text.slice(1)}`, text.slice(0, 28), later]
  return all.map((refused) => ({ text: refused, reason: decodeText(crypto, refused) }))
}

function addresses(crypto: Crypto, sample: SampleName): unknown {
  const keys = [
    ['device', sample.device],
    ['stream', streamAddressKey(sample.name, DEFAULT_LABEL)],
    ['stream', sample.log],
  ] as const
  return keys.map(([kind, key]) => {
    const address = addressOf(crypto, kind, key)
    return { kind, key: toHex(key), address: toHex(address), text: formatAddress(address) }
  })
}

function links(crypto: Crypto, sample: SampleName): unknown {
  const base: Link = { target: 'name', key: sample.name, label: undefined, secret: undefined, path: [] }
  const all: Link[] = [
    base,
    { ...base, label: 'posts', path: ['docs', 'index.html'] },
    { ...base, label: 'drafts', secret: sampleSeeds.secret, path: ['50%', 'ä+b@c.d'] },
    { ...base, target: 'log', key: sample.log, secret: sampleSeeds.secret },
  ]
  return all.map((link) => ({
    text: formatLink(crypto, link),
    target: link.target,
    key: toHex(link.key),
    label: link.label ?? null,
    secret: link.secret === undefined ? null : toHex(link.secret),
    path: link.path,
  }))
}

function neighbours(crypto: Crypto, sample: SampleName): unknown {
  const addresses = [
    { host: 'router.example', port: 7254 },
    { host: '2001:db8::1', port: 1 },
  ]
  return addresses.map((address) => ({
    text: formatNeighbour(crypto, { device: sample.device, ...address }),
    device: toHex(sample.device),
    ...address,
  }))
}

function signature(crypto: Crypto, sample: SampleName): unknown {
  const { seed, body } = { seed: sampleSeeds.log, body: encodeUtf8('body') }
  const message = signedMessage('head', body)
  return {
    type: 'head',
    seed: toHex(seed),
    publicKey: toHex(sample.log),
    body: toHex(body),
    message: toHex(message),
    signature: toHex(crypto.ed25519.sign(seed, message)),
  }
}

function ladder(crypto: Crypto, sample: SampleName): unknown {
  const publicKeys = sampleSeeds.rungs.map((seed) => crypto.ed25519.publicKeyFromSeed(seed))
  return {
    publicKeys: publicKeys.map(toHex),
    rungs: publicKeys.map((publicKey) => toHex(rungOf(crypto, publicKey))),
    bytes: toHex(encodeLadder(sample.ladder)),
    name: toHex(sample.name),
    phrases: sampleSeeds.rungs.map(seedToPhrase),
  }
}

function certificates(crypto: Crypto, sample: SampleName): unknown {
  const devices = [sample.device, sample.secondDevice]
  const serial = sampleTimeMs / 1000 + 1
  const ascending = [
    sample.certificate(),
    ...[sample.certificate({ serial }), sample.certificate({ serial, devices })].sort((a, b) =>
      compareCertificates(crypto, a, b),
    ),
    sample.certificate({ k: 1, serial: 0, devices: [sample.secondDevice], closings: closingsName(crypto, sample) }),
  ]
  return {
    ascending: ascending.map((certificate) => certificateVector(crypto, certificate)),
    joint: jointVector(crypto, sample),
  }
}

/** Two copies certified a device each; the joint certificate is the same whoever of them signs it. */
function jointVector(crypto: Crypto, sample: SampleName): unknown {
  const serial = sampleTimeMs / 1000 + 7
  const other = sample.certificate({ serial, devices: [sample.secondDevice], timeMs: sampleTimeMs + 7_000 })
  const of = [sample.certificate({ devices: [sample.device] }), other] as const
  const join = joinCertificates(crypto, ...of)
  if (join.kind !== 'sign') throw new Error(join.kind)
  const vector = (certificate: Certificate) => certificateVector(crypto, certificate)
  return { of: of.map(vector), joint: vector(sample.certificate(join.body)) }
}

function certificateVector(crypto: Crypto, certificate: Certificate): unknown {
  const bytes = encodeCertificate(certificate)
  return {
    k: certificate.k,
    serial: certificate.serial,
    rungKey: toHex(certificate.rungKey),
    timeMs: certificate.timeMs,
    devices: certificate.devices.map(toHex),
    closings: toHex(certificate.closings ?? filled(0)),
    signature: toHex(certificate.signature),
    bodyHash: toHex(crypto.hash(bytes.subarray(0, -64))),
    bytes: toHex(bytes),
  }
}

function scopes(crypto: Crypto, sample: SampleName): unknown {
  return {
    filesPublic: toHex(fileScope(crypto, undefined)),
    filesUnlisted: toHex(fileScope(crypto, sampleSeeds.secret)),
    runsPublic: toHex(runScope(crypto, sample.log, undefined)),
    runsUnlisted: toHex(runScope(crypto, sample.log, sampleSeeds.secret)),
    cards: toHex(cardScope(crypto, sampleSeeds.secret)),
  }
}

function card(crypto: Crypto, sample: SampleName): unknown {
  const { chunk } = sample.card(1)
  const opened = sample.stream('drafts', 'unlisted')
  const sealed = sealStreamRecord(crypto, sampleSeeds.secret, opened)
  const main = sample.stream()
  const member = (visibility: number, label: string): Uint8Array =>
    concat(sample.name, sample.device, new Writer(65).u8(visibility).lp8(encodeUtf8(label)).bytes())
  return {
    stream: {
      label: 'main',
      log: toHex(sample.log),
      visibility: 0,
      memberBody: toHex(member(0, 'main')),
      signature: toHex(main.signature),
    },
    sealedStream: {
      label: 'drafts',
      log: toHex(sample.log),
      visibility: 1,
      memberBody: toHex(member(1, 'drafts')),
      signature: toHex(opened.signature),
      id: toHex(sealed.id),
      sealed: toHex(sealed.sealed),
    },
    hint: { petname: 'Ada' },
    chunk: toHex(chunk),
    chunkName: toHex(crypto.hash(chunk)),
  }
}

function cardHeadVector(crypto: Crypto, head: CardHead): unknown {
  const bytes = encodeCardHead(head)
  return {
    name: toHex(head.name),
    device: toHex(head.device),
    version: head.version,
    chunk: toHex(head.chunk),
    timeMs: head.timeMs,
    maxAgeS: head.maxAgeS,
    signature: toHex(head.signature),
    message: toHex(signedMessage('card', bytes.subarray(0, -64))),
    hash: toHex(crypto.hash(bytes)),
    bytes: toHex(bytes),
  }
}

function closingsChunk(sample: SampleName): Uint8Array {
  const closed = { log: sample.log, length: 42, closedRoot: filled(8), openPage: filled(9) }
  return encodeClosings([
    { device: sample.device, cardHead: sample.cardHead(), logs: [closed] },
    { device: sample.secondDevice, cardHead: undefined, logs: [] },
  ])
}

function closingsName(crypto: Crypto, sample: SampleName): Uint8Array {
  return crypto.hash(closingsChunk(sample))
}

function closings(crypto: Crypto, sample: SampleName): unknown {
  return {
    devices: [
      {
        device: toHex(sample.device),
        cardHead: toHex(encodeCardHead(sample.cardHead())),
        logs: [{ log: toHex(sample.log), length: 42, closedRoot: toHex(filled(8)), openPage: toHex(filled(9)) }],
      },
      { device: toHex(sample.secondDevice), cardHead: '', logs: [] },
    ],
    chunk: toHex(closingsChunk(sample)),
    chunkName: toHex(closingsName(crypto, sample)),
  }
}

function nameAnswers(sample: SampleName): unknown {
  const state = sample.state()
  const { k, serial } = state.certificate
  const haves = [
    { k: 0, serial: 0, versions: [] },
    { k, serial, versions: [0] },
    { k, serial, versions: [1] },
    { k, serial, versions: [2] },
  ]
  return haves.map((have) => ({ have, payload: toHex(encodeNameAnswer(state, have)) }))
}
