// A name of which every seed is known: rungs, devices, and the logs that its cards list. Its owner and whoever stole some of
// the seeds make certificates and cards of it.

import type { Crypto } from '../../../stack/crypto/index.js'
import {
  type CardRecord,
  type ClosedDevice,
  encodeCard,
  encodeCardHead,
  encodeCertificate,
  encodeClosings,
  formatLink,
  type HeldCard,
  type Ladder,
  type NameState,
  nameOf,
  rungOf,
  signCardHead,
  signCertificate,
  signStreamRecord,
} from '../../../stack/name/index.js'
import type { Random } from '../random.js'

export interface PersonDevice {
  readonly seed: Uint8Array
  readonly key: Uint8Array
  /** Seed of the log that it lists under the label `main`. */
  readonly logSeed: Uint8Array
  readonly log: Uint8Array
}

export interface CertificateWish {
  /** The rung that signs. */
  readonly k: number
  readonly serial: number
  readonly devices: readonly PersonDevice[]
  readonly closings?: Uint8Array | undefined
}

export class Person {
  readonly crypto: Crypto
  readonly ladder: Ladder
  readonly name: Uint8Array
  readonly #rungs: readonly Uint8Array[]
  readonly #random: Random

  constructor(crypto: Crypto, random: Random, rungs = 3) {
    this.crypto = crypto
    this.#random = random.split('person')
    this.#rungs = Array.from({ length: rungs }, () => this.#random.bytes(32))
    this.ladder = this.#rungs.map((seed) => rungOf(crypto, crypto.ed25519.publicKeyFromSeed(seed)))
    this.name = nameOf(crypto, this.ladder)
  }

  /** Its stream `main`. */
  get link(): string {
    return formatLink(this.crypto, { target: 'name', key: this.name, label: 'main', secret: undefined, path: [] })
  }

  device(): PersonDevice {
    const [seed, logSeed] = [this.#random.bytes(32), this.#random.bytes(32)]
    const { publicKeyFromSeed } = this.crypto.ed25519
    return { seed, key: publicKeyFromSeed(seed), logSeed, log: publicKeyFromSeed(logSeed) }
  }

  /** A state: the certificate and a card of each of its devices. */
  state(wish: CertificateWish, nowMs: number, version = 1): NameState {
    const { crypto, ladder, name } = this
    const { k, serial, closings } = wish
    const certificate = signCertificate(crypto, this.#rungs[k] ?? new Uint8Array(32), {
      ladder,
      k,
      serial,
      timeMs: nowMs,
      devices: wish.devices.map(({ key }) => key),
      closings,
    })
    const cards = wish.devices.map((device) => this.card(device, version, nowMs))
    return { name, certificate, certificateBytes: encodeCertificate(certificate), cards }
  }

  /** A card that lists the device's log as `main`. */
  card(device: PersonDevice, version: number, timeMs: number): HeldCard {
    const { crypto, name } = this
    const membership = { name, device: device.key, visibility: 'public' as const, label: 'main' }
    const records: CardRecord[] = [signStreamRecord(crypto, device.logSeed, membership, 1)]
    return signedCard(crypto, device.seed, { name, device: device.key, version, timeMs }, encodeCard(records))
  }

  /** A closings chunk, and its name. */
  closings(devices: readonly ClosedDevice[]): { readonly name: Uint8Array; readonly chunk: Uint8Array } {
    const chunk = encodeClosings(devices)
    return { name: this.crypto.hash(chunk), chunk }
  }
}

/** A card of a device whose seed is at hand. */
export function signedCard(
  crypto: Crypto,
  deviceSeed: Uint8Array,
  of: { readonly name: Uint8Array; readonly device: Uint8Array; readonly version: number; readonly timeMs: number },
  chunk: Uint8Array,
): HeldCard {
  const head = signCardHead(crypto, deviceSeed, { ...of, chunk: crypto.hash(chunk), maxAgeS: 300 })
  return { head, headBytes: encodeCardHead(head), chunk }
}

/** The same state with cards whose times are now, as their devices would sign them for who asks for something fresher. */
export function refreshedState(
  crypto: Crypto,
  state: NameState,
  seedOf: (device: Uint8Array) => Uint8Array | undefined,
  nowMs: number,
): NameState {
  const cards = state.cards.map((card) => {
    const seed = card === undefined ? undefined : seedOf(card.head.device)
    if (card === undefined || seed === undefined || nowMs - card.head.timeMs < 1_000) return card
    return signedCard(crypto, seed, { ...card.head, timeMs: nowMs }, card.chunk)
  })
  return { ...state, cards }
}
