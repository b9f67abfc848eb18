// One name with everything that belongs to it, from fixed seeds: what tests of names, of whatever carries them, and the
// vectors of the protocol have in common. Nothing in it is random, so a test that fails does so again.

import type { Crypto } from '../../stack/crypto/index.js'
import {
  type CardHead,
  type CardRecord,
  type Certificate,
  type CertificateBody,
  encodeCard,
  encodeCardHead,
  encodeCertificate,
  type HeldCard,
  type Ladder,
  type NameState,
  nameOf,
  rungOf,
  sealStreamRecord,
  signCardHead,
  signCertificate,
  signStreamRecord,
  type Visibility,
} from '../../stack/name/index.js'

/** 32 bytes of one value: seeds and secrets that a reader of a vector can type. */
export function filled(value: number): Uint8Array {
  return new Uint8Array(32).fill(value)
}

export const sampleTimeMs = 1_700_000_000_000
export const sampleSeeds = {
  rungs: [filled(1), filled(2), filled(3)] as const,
  device: filled(4),
  log: filled(5),
  secret: filled(6),
  secondDevice: filled(7),
}

/** A person with three rungs, who can make any certificate and card of the name. */
export class SampleName {
  readonly crypto: Crypto
  readonly ladder: Ladder
  readonly name: Uint8Array
  readonly device: Uint8Array
  readonly secondDevice: Uint8Array
  readonly log: Uint8Array

  constructor(crypto: Crypto, rungSeeds: readonly Uint8Array[] = sampleSeeds.rungs) {
    this.crypto = crypto
    this.ladder = rungSeeds.map((seed) => rungOf(crypto, crypto.ed25519.publicKeyFromSeed(seed)))
    this.name = nameOf(crypto, this.ladder)
    this.device = crypto.ed25519.publicKeyFromSeed(sampleSeeds.device)
    this.secondDevice = crypto.ed25519.publicKeyFromSeed(sampleSeeds.secondDevice)
    this.log = crypto.ed25519.publicKeyFromSeed(sampleSeeds.log)
  }

  /** A certificate by rung 0 for the first device, or as `change` says; `seed` is that of the rung. */
  certificate(change: Partial<CertificateBody> = {}, seed?: Uint8Array): Certificate {
    const body = {
      ladder: this.ladder,
      k: 0,
      serial: sampleTimeMs / 1000,
      timeMs: sampleTimeMs,
      devices: [this.device],
      closings: undefined,
      ...change,
    }
    return signCertificate(this.crypto, seed ?? sampleSeeds.rungs[body.k] ?? filled(0), body)
  }

  /** A stream of the first device, signed by the sample's log. */
  stream(label = 'main', visibility: Visibility = 'public', timeMs = sampleTimeMs, deviceSeed = sampleSeeds.device) {
    const device = this.crypto.ed25519.publicKeyFromSeed(deviceSeed)
    return signStreamRecord(this.crypto, sampleSeeds.log, { name: this.name, device, visibility, label }, timeMs)
  }

  /** A public stream, an unlisted one, and a hint. */
  records(): CardRecord[] {
    return [
      this.stream(),
      sealStreamRecord(this.crypto, sampleSeeds.secret, this.stream('drafts', 'unlisted')),
      { type: 'hint', timeMs: sampleTimeMs, petname: 'Ada' },
    ]
  }

  /** A card with its head. */
  card(
    version: number,
    records: readonly CardRecord[] = this.records(),
    timeMs = sampleTimeMs,
    deviceSeed = sampleSeeds.device,
  ): HeldCard {
    const chunk = encodeCard(records)
    const head = this.cardHead({ version, chunk: this.crypto.hash(chunk), timeMs }, deviceSeed)
    return { head, headBytes: encodeCardHead(head), chunk }
  }

  cardHead(change: Partial<CardHead> = {}, deviceSeed = sampleSeeds.device): CardHead {
    return signCardHead(this.crypto, deviceSeed, {
      name: this.name,
      device: this.crypto.ed25519.publicKeyFromSeed(deviceSeed),
      version: 1,
      chunk: this.crypto.hash(encodeCard(this.records())),
      timeMs: sampleTimeMs,
      maxAgeS: 300,
      ...change,
    })
  }

  /** A state of certificate and cards. Nothing is checked: a test may build what no verifier accepts. */
  state(
    certificate: Certificate = this.certificate(),
    cards: (HeldCard | undefined)[] = [this.card(1)],
    name: Uint8Array = this.name,
  ): NameState {
    return { name, certificate, certificateBytes: encodeCertificate(certificate), cards }
  }
}
