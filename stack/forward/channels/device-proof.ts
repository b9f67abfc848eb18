// The proof in a device's announcement (docs/protocol.md §10.6): the device itself says until when it wants to be found, so
// that nobody draws its channels to themselves. Made by the device, checked once by each hop, passed on as it is.
//
//   untilMs u64 | sig 64 (type announce, by the device, over device 32 | untilMs u64)

import { equal, Reader, type Reason, Writer } from '../../bytes/index.js'
import { type Crypto, signTyped, verifyTyped } from '../../crypto/index.js'
import { takeOne } from '../pace.js'
import type { Neighbour, State } from '../state.js'
import { type AnnouncedRoute, DEVICE_PROOF_BYTES } from '../wire/index.js'
import { MAX_PROOF_AHEAD_MS, PROOF_TOLERANCE_MS } from './limits.js'

/** Signs with the device's seed that it wants to be found until `untilMs`. */
export function signDeviceProof(crypto: Crypto, seed: Uint8Array, untilMs: number): Uint8Array {
  const signature = signTyped(crypto, 'announce', seed, bodyOf(crypto.ed25519.publicKeyFromSeed(seed), untilMs))
  return new Writer(DEVICE_PROOF_BYTES).u64(untilMs).put(signature).bytes()
}

/** How long the route may be believed, ms from now, or why not. `known`: these very bytes were verified before. */
export function checkDeviceProof(
  crypto: Crypto,
  nowMs: number,
  device: Uint8Array,
  proof: Uint8Array,
  known = false,
): number | Reason {
  const reader = new Reader(proof)
  const untilMs = reader.u64()
  const signature = reader.take(64)
  const failed = reader.end()
  if (failed !== undefined) return failed
  if (untilMs > nowMs + MAX_PROOF_AHEAD_MS + PROOF_TOLERANCE_MS) return 'future-time'
  const leftMs = untilMs + PROOF_TOLERANCE_MS - nowMs
  if (leftMs <= 0) return 'expired'
  if (!known && !verifyTyped(crypto, 'announce', device, bodyOf(device, untilMs), signature)) return 'bad-signature'
  return leftMs
}

/** The same for a route that a neighbour announces, within what it may have verified; 'too-many' when that is used up. */
export function admitDevice(state: State, neighbour: Neighbour, announced: AnnouncedRoute): number | Reason {
  const { crypto, clock, routes } = state
  const { key, proof = new Uint8Array(0) } = announced
  const known = routes.find('device', key).some((route) => equal(route.proof, proof))
  if (!known && !takeOne(neighbour.channels.proofs, clock.nowUs)) return 'too-many'
  return checkDeviceProof(crypto, clock.nowMs, key, proof, known)
}

function bodyOf(device: Uint8Array, untilMs: number): Uint8Array {
  return new Writer(40).put(device).u64(untilMs).bytes()
}
