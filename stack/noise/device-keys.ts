// The static keys of a handshake are the Montgomery forms of Ed25519 device keys (docs/protocol.md §8), so that who knows
// a device's key can speak to it, and nobody else answers.

import { type Crypto, wipe } from '../crypto/index.js'
import type { HandshakeKeys } from './handshake.js'

/** What our side brings. Nothing of it is kept beyond the call. */
export interface DeviceKeys {
  /** The seed of our Ed25519 device key, 32 bytes. */
  readonly deviceSeed: Uint8Array
  /** Its public key, and no other one: a handshake with another fails. */
  readonly device: Uint8Array
  /** 32 random bytes that are used for nothing else, ever. */
  readonly ephemeralSeed: Uint8Array
  readonly prologue: Uint8Array
}

/** Makes a side of the handshake, which copies its keys, and wipes ours. Throws RangeError when our own key is no key. */
export function withDeviceKeys<T>(crypto: Crypto, options: DeviceKeys, make: (keys: HandshakeKeys) => T): T {
  // Several times as fast as from the secret, which matters where strangers knock.
  const ownPublic = crypto.x25519.montgomeryPublic(options.device)
  if (ownPublic === undefined) throw new RangeError('our own device key is no key')
  const secret = crypto.x25519.montgomerySecret(options.deviceSeed)
  const { prologue, ephemeralSeed } = options
  const made = make({ prologue, secret, public: ownPublic, ephemeralSecret: ephemeralSeed })
  wipe(secret)
  return made
}
