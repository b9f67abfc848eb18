// Vectors of packets (§21): a message of each type, both probes, the keys of a generation, and the first datagrams under one
// of them. Byte strings are lower-case hex, addresses have 16 bytes.

import { concat, toHex, Writer } from '../../stack/bytes/index.js'
import { type Crypto, wipe } from '../../stack/crypto/index.js'
import { addressOf } from '../../stack/name/index.js'
import { writeAddress } from '../../stack/packet/address.js'
import { encodePacketMessage, encodeProbe, type PacketMessage } from '../../stack/packet/index.js'
import { packetKey } from '../../stack/packet/key-agreement.js'
import { echo } from '../../stack/packet/testing/packets.js'
import { Kind, piecesOf, Sealer } from '../../stack/packet/testing/seal.js'
import { sampleSeeds } from '../samples/name.js'
import { samplePacketMessages, samplePacketSecrets, sampleProbes } from '../samples/packet.js'

const generation = 1
const index = 0x7fff_ffff
const pieceBytes = 40

/** A plain object that JSON holds: the vectors by section. */
export function packetVectors(crypto: Crypto): Record<string, unknown> {
  const { publicFromPrivate, shared: exchange } = crypto.x25519
  const sides = {
    a: { device: crypto.ed25519.publicKeyFromSeed(sampleSeeds.device), secret: samplePacketSecrets.a },
    b: { device: crypto.ed25519.publicKeyFromSeed(sampleSeeds.secondDevice), secret: samplePacketSecrets.b },
  }
  const [a, b] = [sides.a, sides.b].map(({ device, secret }) => [device, publicFromPrivate(secret)] as const)
  const shared = b && exchange(sides.a.secret, b[1])
  if (a === undefined || b === undefined || shared === undefined) throw new RangeError('no keys')
  const aToB = packetKey(crypto, shared, generation, a, b)
  const bToA = packetKey(crypto, shared, generation, b, a)
  const sealer = new Sealer(crypto, aToB)
  const packet = echo(addressOf(crypto, 'device', a[0]), addressOf(crypto, 'device', b[0]), 128, 7)
  const [challenge] = sampleProbes.map(encodeProbe)
  const whole = concat(Uint8Array.of(Kind.packet), packet)
  const contents = [
    concat(Uint8Array.of(Kind.probe, challenge?.length ?? 0), challenge ?? whole),
    whole,
    ...piecesOf(whole, 1, pieceBytes),
  ]
  const vectors = {
    messages: samplePacketMessages(crypto).map((message) => ({
      ...plain(message),
      encoded: toHex(encodePacketMessage(message)),
    })),
    probes: sampleProbes.map(({ type, token }) => ({
      type,
      token: toHex(token),
      encoded: toHex(encodeProbe({ type, token })),
    })),
    keys: {
      generation,
      secrets: { a: toHex(sides.a.secret), b: toHex(sides.b.secret) },
      shared: toHex(shared),
      aToB: toHex(aToB),
      bToA: toHex(bToA),
    },
    index,
    packet: toHex(packet),
    datagrams: contents.map((content) => ({ content: toHex(content), datagram: toHex(sealer.seal(content, index)) })),
  }
  wipe(shared)
  return vectors
}

function plain(message: PacketMessage): Record<string, unknown> {
  if (message.type === 'keys') return { ...message, ephemeral: toHex(message.ephemeral) }
  if (message.type !== 'candidates') return { ...message }
  const addresses = message.addresses.map((one) => {
    const address = writeAddress(new Writer(18), one).bytes().subarray(0, 16)
    return { address: toHex(address), port: one.port }
  })
  return { type: message.type, addresses }
}
