// The handshake as the link sees it: each side's hello inside the messages of IK, and whether the two fit. The device key
// that a hello names is the one whose Montgomery form has just proven itself, or the handshake is refused.

import { encodeUtf8, equal, type Reason } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import {
  ephemeralOf,
  type HandshakeKeys,
  Initiator,
  MIN_MESSAGE_1_BYTES,
  MIN_MESSAGE_2_BYTES,
  type RecordKeys,
  type ReplayGuard,
  Responder,
  withDeviceKeys,
} from '../noise/index.js'
import { commonVersion, decodeHello, encodeHello, type Hello, ownVersions, type VersionRange } from './hello.js'

const PROLOGUE = encodeUtf8('runnel v1 link')

/** What each side brings. Nothing here is kept beyond the call, except `device`. */
export interface GreetingOptions {
  /** The seed of our Ed25519 device key, 32 bytes. */
  readonly deviceSeed: Uint8Array
  /** Its public key, and no other one: a handshake with another fails. */
  readonly device: Uint8Array
  /** 32 random bytes that are used for nothing else, ever. */
  readonly ephemeralSeed: Uint8Array
  /** Our clock, which the peer is told. */
  readonly nowMs: number
  readonly rank: number
  /** 32 bits. */
  readonly features: number
  /** Default: all that this implementation speaks. */
  readonly versions?: VersionRange
}

/** A handshake that has come to its end. */
export interface Greeted {
  readonly hello: Hello
  /** Undefined: no version is common. */
  readonly version: number | undefined
  readonly keys: RecordKeys
  /** Message 2, from the responder. */
  readonly reply: Uint8Array | undefined
}

/** One side of the handshake; `wipe` it at its end. */
export interface Greeting {
  readonly role: 'initiator' | 'responder'
  /** Bytes of the message that it waits for, at least. */
  readonly minBytes: number
  /** What it sends first. */
  readonly opening: Uint8Array | undefined
  /** The other's message; to be called once. */
  handleMessage(message: Uint8Array): Greeted | Reason | 'replayed'
  wipe(): void
}

/** Begins a handshake with the device that is meant; 'bad-key' when that is no key. */
export function openInitiatorGreeting(
  crypto: Crypto,
  options: GreetingOptions & { readonly remoteDevice: Uint8Array },
): Greeting | Reason {
  const remotePublic = crypto.x25519.montgomeryPublic(options.remoteDevice)
  if (remotePublic === undefined) return 'bad-key'
  const remoteDevice = options.remoteDevice.slice()
  const versions = options.versions ?? ownVersions
  const initiator = withKeys(crypto, options, (keys) => new Initiator(crypto, keys, remotePublic))
  const opening = initiator.writeMessage1(ownHello(options))
  if (opening === undefined) {
    initiator.wipe()
    return 'bad-key'
  }
  return {
    role: 'initiator',
    minBytes: MIN_MESSAGE_2_BYTES,
    opening,
    handleMessage(message) {
      const payload = initiator.readMessage2(message)
      if (payload === undefined) return 'bad-seal'
      const hello = decodeHello(payload)
      if (typeof hello === 'string') return hello
      if (!equal(hello.device, remoteDevice)) return 'bad-key'
      const version = commonVersion(versions, hello.versions)
      return { hello, version, keys: initiator.split(), reply: undefined }
    },
    wipe: () => initiator.wipe(),
  }
}

/** Waits for a handshake of a stranger. A replay costs it no public-key work, any other refusal at most two operations. */
export function openResponderGreeting(crypto: Crypto, options: GreetingOptions, replays: ReplayGuard): Greeting {
  const versions = options.versions ?? ownVersions
  const own = ownHello(options)
  const responder = withKeys(crypto, options, (keys) => new Responder(crypto, keys))
  return {
    role: 'responder',
    minBytes: MIN_MESSAGE_1_BYTES,
    opening: undefined,
    handleMessage(message) {
      const ephemeral = ephemeralOf(message)
      if (replays.isReplay(ephemeral)) return 'replayed'
      const read = responder.readMessage1(message)
      if (read === undefined) return 'bad-seal'
      // Only now: else garbage would push the keys of real handshakes out of the memory.
      replays.remember(ephemeral)
      const hello = decodeHello(read.payload)
      if (typeof hello === 'string') return hello
      const expected = crypto.x25519.montgomeryPublic(hello.device)
      if (expected === undefined || !equal(expected, read.remotePublic)) return 'bad-key'
      const reply = responder.writeMessage2(own)
      if (reply === undefined) return 'bad-key'
      return { hello, version: commonVersion(versions, hello.versions), keys: responder.split(), reply }
    },
    wipe: () => responder.wipe(),
  }
}

function ownHello(options: GreetingOptions): Uint8Array {
  const { nowMs, rank, features, device } = options
  return encodeHello({ timeMs: nowMs, versions: options.versions ?? ownVersions, features, rank, device })
}

/** Makes a side of the handshake with the keys of our device. */
function withKeys<T>(crypto: Crypto, options: GreetingOptions, make: (keys: HandshakeKeys) => T): T {
  return withDeviceKeys(crypto, { ...options, prologue: PROLOGUE }, make)
}
