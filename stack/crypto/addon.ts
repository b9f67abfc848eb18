// What the native addon is (native/binding), as far as this folder needs it: twelve functions that read and fill memory
// of their caller's. Who loads it hands it over as an unknown value, because a file on disk may be anything.

/** The number that the addon's `INTERFACE` must be. Raised whenever a function of the addon takes or means something else. */
export const ADDON_INTERFACE = 3

/** Bytes of the state of a hash that comes in pieces. */
export const HASH_STATE_BYTES = 8 + 1024 + 43 * 32

export const blake3Mode = { plain: 0, keyed: 1, derive: 2, context: 3 } as const

type Bytes = Uint8Array
type Mode = (typeof blake3Mode)[keyof typeof blake3Mode]

/** Each throws an Error for lengths and types that do not fit; see native/binding/src/lib.rs. Outputs may overlap inputs. */
export interface NativeAddon {
  readonly INTERFACE: number
  /** The hash of `part` and then `more`, into 32 bytes. `context` gives the key of a context, for `derive`. */
  blake3(mode: Mode, key: Bytes | undefined, part: Bytes, more: readonly Bytes[] | undefined, out: Bytes): void
  /** The hash of each, 32 bytes a piece. */
  blake3Many(batch: readonly Bytes[], out: Bytes): void
  /** Appends to a state; the hash so far into `out`, if there is one. How many bytes of the state are in use. */
  blake3State(state: Bytes, bytes: Bytes, out: Bytes | undefined): number
  aesCounter(key: Bytes, bytes: Bytes, out: Bytes): void
  sealRecord(key: Bytes, counter: number, plaintext: Bytes, associated: Bytes | undefined, out: Bytes): void
  /** `out` has room for the sealed bytes; false when it does not open, and then `out` is spoilt. */
  openRecord(key: Bytes, counter: number, sealed: Bytes, associated: Bytes | undefined, out: Bytes): boolean
  /** Each into the chunk of its index, `before` bytes behind its beginning; 64 bytes of results each: id, name. */
  sealMany(
    key: Bytes,
    kind: number,
    context: Bytes,
    plaintexts: readonly Bytes[],
    chunks: readonly Bytes[],
    before: 0 | 1,
    results: Bytes,
  ): void
  /** Each into the output of its index. How many were good before the first that was not. */
  openMany(
    key: Bytes,
    kind: number,
    context: Bytes,
    ids: Bytes,
    sealed: readonly Bytes[],
    outs: readonly Bytes[],
  ): number
  scanGear(gear: Bytes, state: Bytes, bytes: Bytes, from: number, to: number, maskHigh: number, maskLow: number): number
  /** Without message and signature: whether the key is good. With them: whether the signature is, under a good key. */
  ed25519Verify(publicKey: Bytes, message: Bytes | undefined, signature: Bytes | undefined): boolean
  /** The signature of the message; without one, the public key. */
  ed25519Sign(seed: Bytes, message: Bytes | undefined, out: Bytes): void
  /** Both: the shared secret; one: the public key, or the Montgomery form of an Ed25519 key. False when there is none. */
  x25519(privateKey: Bytes | undefined, publicKey: Bytes | undefined, out: Bytes): boolean
}

const functions: ReadonlyArray<Exclude<keyof NativeAddon, 'INTERFACE'>> = [
  'blake3',
  'blake3Many',
  'blake3State',
  'aesCounter',
  'sealRecord',
  'openRecord',
  'sealMany',
  'openMany',
  'scanGear',
  'ed25519Verify',
  'ed25519Sign',
  'x25519',
]

/** Whether a value has the shape of the addon of this version. */
export function isNativeAddon(value: unknown): value is NativeAddon {
  if (typeof value !== 'object' || value === null) return false
  const found = value as Record<string, unknown>
  return found.INTERFACE === ADDON_INTERFACE && functions.every((name) => typeof found[name] === 'function')
}
