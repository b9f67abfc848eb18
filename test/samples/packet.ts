// One message of each type about packets, and both probes, from fixed bytes.

import type { Crypto } from '../../stack/crypto/index.js'
import type { PacketMessage, Probe } from '../../stack/packet/index.js'
import { filled } from './name.js'

/** Private keys of the two ends: 32 bytes each. */
export const samplePacketSecrets = { a: filled(0x2f), b: filled(0x30) }

export function samplePacketMessages(crypto: Crypto): PacketMessage[] {
  const six = Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
  return [
    {
      type: 'keys',
      generation: 1,
      index: 0x0102_0304,
      ephemeral: crypto.x25519.publicFromPrivate(samplePacketSecrets.a),
    },
    {
      type: 'keys',
      generation: 1,
      index: 0x7fff_ffff,
      ephemeral: crypto.x25519.publicFromPrivate(samplePacketSecrets.b),
    },
    { type: 'ready', generation: 1 },
    { type: 'using', generation: 0xffff_ffff },
    { type: 'candidates', addresses: [] },
    {
      type: 'candidates',
      addresses: [
        { address: Uint8Array.of(192, 0, 2, 1), port: 7254 },
        { address: six, port: 65_535 },
      ],
    },
  ]
}

export const sampleProbes: readonly Probe[] = [
  { type: 'challenge', token: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  { type: 'response', token: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
]
