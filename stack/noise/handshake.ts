// The pattern IK (Noise revision 34, section 7.5), one class for each role. The initiator knows the responder's static key;
// whoever does not know it can send nothing that the responder opens.
//
//   <- s
//   -> e, es, s, ss, payload      message 1
//   <- e, ee, se, payload         message 2

import { concat } from '../bytes/index.js'
import { type Crypto, TAG_BYTES, wipe } from '../crypto/index.js'
import { SymmetricState } from './symmetric.js'

const KEY_BYTES = 32
const SEALED_KEY_BYTES = KEY_BYTES + TAG_BYTES

/** Message 1 without payload: e, sealed s, and the payload's tag. */
export const MIN_MESSAGE_1_BYTES = KEY_BYTES + SEALED_KEY_BYTES + TAG_BYTES

/** Message 2 without payload: e and the payload's tag. */
export const MIN_MESSAGE_2_BYTES = KEY_BYTES + TAG_BYTES

/** X25519 keys of one side. `secret` and `ephemeralSecret` are copied; the caller wipes its own. */
export interface HandshakeKeys {
  readonly prologue: Uint8Array
  readonly secret: Uint8Array
  /** Of `secret`. */
  readonly public: Uint8Array
  readonly ephemeralSecret: Uint8Array
}

/** Keys for the records of each direction, to be wiped when the link ends. */
export interface RecordKeys {
  readonly send: Uint8Array
  readonly receive: Uint8Array
}

/** The ephemeral key of a message 1 that has at least 32 bytes: a view. */
export function ephemeralOf(message1: Uint8Array): Uint8Array {
  return message1.subarray(0, KEY_BYTES)
}

/** Writes message 1, then reads message 2. */
export class Initiator {
  readonly #crypto: Crypto
  readonly #state: SymmetricState
  readonly #secret: Uint8Array
  readonly #public: Uint8Array
  readonly #ephemeralSecret: Uint8Array
  readonly #remotePublic: Uint8Array

  constructor(crypto: Crypto, keys: HandshakeKeys, remotePublic: Uint8Array) {
    this.#crypto = crypto
    this.#secret = keys.secret.slice()
    this.#public = keys.public
    this.#ephemeralSecret = keys.ephemeralSecret.slice()
    this.#remotePublic = remotePublic
    this.#state = new SymmetricState(crypto, keys.prologue)
    this.#state.mixHash(remotePublic)
  }

  get handshakeHash(): Uint8Array {
    return this.#state.handshakeHash
  }

  /** Undefined when the responder's key is of small order. */
  writeMessage1(payload: Uint8Array): Uint8Array | undefined {
    const ephemeral = this.#crypto.x25519.publicFromPrivate(this.#ephemeralSecret)
    this.#state.mixHash(ephemeral)
    if (!this.#state.mixShared(this.#ephemeralSecret, this.#remotePublic)) return undefined
    const sealedStatic = this.#state.encryptAndHash(this.#public)
    if (!this.#state.mixShared(this.#secret, this.#remotePublic)) return undefined
    return concat(ephemeral, sealedStatic, this.#state.encryptAndHash(payload))
  }

  /** The responder's payload; undefined when the message is not from whom we meant, or was changed on its way. */
  readMessage2(message: Uint8Array): Uint8Array | undefined {
    if (message.length < MIN_MESSAGE_2_BYTES) return undefined
    const ephemeral = message.subarray(0, KEY_BYTES)
    this.#state.mixHash(ephemeral)
    if (!this.#state.mixShared(this.#ephemeralSecret, ephemeral)) return undefined
    if (!this.#state.mixShared(this.#secret, ephemeral)) return undefined
    return this.#state.decryptAndHash(message.subarray(KEY_BYTES))
  }

  split(): RecordKeys {
    const [send, receive] = this.#state.split()
    return { send, receive }
  }

  wipe(): void {
    this.#state.wipe()
    wipe(this.#secret, this.#ephemeralSecret)
  }
}

/** Reads message 1, then writes message 2. */
export class Responder {
  readonly #crypto: Crypto
  readonly #state: SymmetricState
  readonly #secret: Uint8Array
  readonly #ephemeralSecret: Uint8Array
  #remoteEphemeral: Uint8Array = new Uint8Array(KEY_BYTES)
  #remoteStatic: Uint8Array = new Uint8Array(KEY_BYTES)

  constructor(crypto: Crypto, keys: HandshakeKeys) {
    this.#crypto = crypto
    this.#secret = keys.secret.slice()
    this.#ephemeralSecret = keys.ephemeralSecret.slice()
    this.#state = new SymmetricState(crypto, keys.prologue)
    this.#state.mixHash(keys.public)
  }

  get handshakeHash(): Uint8Array {
    return this.#state.handshakeHash
  }

  /** The initiator's static key and payload; undefined when the sender does not know our key, or was changed on its way. */
  readMessage1(message: Uint8Array): { remotePublic: Uint8Array; payload: Uint8Array } | undefined {
    if (message.length < MIN_MESSAGE_1_BYTES) return undefined
    this.#remoteEphemeral = message.slice(0, KEY_BYTES)
    this.#state.mixHash(this.#remoteEphemeral)
    if (!this.#state.mixShared(this.#secret, this.#remoteEphemeral)) return undefined
    const remotePublic = this.#state.decryptAndHash(message.subarray(KEY_BYTES, KEY_BYTES + SEALED_KEY_BYTES))
    if (remotePublic === undefined || !this.#state.mixShared(this.#secret, remotePublic)) return undefined
    this.#remoteStatic = remotePublic
    const payload = this.#state.decryptAndHash(message.subarray(KEY_BYTES + SEALED_KEY_BYTES))
    return payload === undefined ? undefined : { remotePublic, payload }
  }

  /** Undefined when a key of the initiator is of small order. To be called after `readMessage1` only. */
  writeMessage2(payload: Uint8Array): Uint8Array | undefined {
    const ephemeral = this.#crypto.x25519.publicFromPrivate(this.#ephemeralSecret)
    this.#state.mixHash(ephemeral)
    if (!this.#state.mixShared(this.#ephemeralSecret, this.#remoteEphemeral)) return undefined
    if (!this.#state.mixShared(this.#ephemeralSecret, this.#remoteStatic)) return undefined
    return concat(ephemeral, this.#state.encryptAndHash(payload))
  }

  split(): RecordKeys {
    const [receive, send] = this.#state.split()
    return { send, receive }
  }

  wipe(): void {
    this.#state.wipe()
    wipe(this.#secret, this.#ephemeralSecret)
  }
}
