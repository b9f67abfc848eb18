// Who this node is: its name, its device key and the certificate that ties them. Made on the first start; a home that
// turns out to be a copy gets a device key of its own, beside the one it was copied from, so that two machines never
// write one log.

import { RunnelError } from '../../errors/index.js'
import { equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  type Certificate,
  decodeCertificate,
  deviceIndex,
  encodeCertificate,
  MAX_DEVICES,
  nameOf,
  nextSerial,
  rungOf,
  seedToPhrase,
  signCertificate,
} from '../../stack/name/index.js'
import type { Files, OwnItem, Store } from '../store/index.js'
import { KeyFiles } from './keys.js'

export interface Identity {
  readonly name: Uint8Array
  readonly device: Uint8Array
  readonly deviceSeed: Uint8Array
  readonly certificate: Certificate
}

export interface OpenedIdentity {
  readonly identity: Identity
  /** Whether the home was found to be a copy and has a new device key now. */
  readonly copied: boolean
}

const ownNameKey = 'identity/name'
const ownDeviceKey = 'identity/device'

export interface IdentityOptions {
  readonly home: string
  readonly files: Files
  readonly store: Store
  readonly crypto: Crypto
  readonly randomBytes: (count: number) => Uint8Array
  readonly nowMs: number
  readonly handlePhrases: ((phrases: readonly string[]) => void) | undefined
}

/** Opens or makes the identity of a home. Throws DAMAGED when keys or certificate are missing where they must be. */
export async function openIdentity(options: IdentityOptions): Promise<OpenedIdentity> {
  const { home, store, crypto } = options
  const keys = new KeyFiles(options.files, home)
  const name = store.value(ownNameKey)
  if (name === undefined) return createIdentity(options, keys)
  const known = store.name(name)
  const certificate = known && decodeCertificate(known.certificateBytes)
  const rungSeed = keys.read('rung-0')
  const deviceSeed = keys.read('device')
  if (certificate === undefined || typeof certificate === 'string' || deviceSeed === undefined) {
    const lost = deviceSeed === undefined ? 'device key' : 'certificate'
    throw new RunnelError('DAMAGED', `the home ${home} has lost its ${lost}`)
  }
  if (store.home.copied) {
    return { identity: await addDevice(options, keys, name, certificate, rungSeed), copied: true }
  }
  const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
  // A key has no checksum of its own: one that a bit has flipped in is a key as well, but nobody's.
  // Which one it was is known, or else the certificate lists it.
  const noted = store.value(ownDeviceKey)
  const same = noted === undefined ? deviceIndex(certificate, device) >= 0 : equal(noted, device)
  if (!same) throw keys.damaged('device', 'of no device of this name')
  if (rungSeed !== undefined && certificate.k === 0) checkRung(crypto, keys, rungSeed, certificate)
  return { identity: { name, device, deviceSeed, certificate }, copied: false }
}

function checkRung(crypto: Crypto, keys: KeyFiles, rungSeed: Uint8Array, { ladder }: Certificate): void {
  const rung = rungOf(crypto, crypto.ed25519.publicKeyFromSeed(rungSeed))
  if (ladder[0] === undefined || !equal(rung, ladder[0]))
    throw keys.damaged('rung-0', 'not of the first rung of this name')
}

async function createIdentity(
  { store, crypto, randomBytes, nowMs, handlePhrases }: IdentityOptions,
  keys: KeyFiles,
): Promise<OpenedIdentity> {
  const rungSeeds = [randomBytes(32), randomBytes(32), randomBytes(32)]
  const deviceSeed = randomBytes(32)
  const [rungSeed] = rungSeeds as [Uint8Array]
  const ladder = rungSeeds.map((seed) => rungOf(crypto, crypto.ed25519.publicKeyFromSeed(seed)))
  const name = nameOf(crypto, ladder)
  const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
  const certificate = signCertificate(crypto, rungSeed, {
    ladder,
    k: 0,
    serial: serialAfter(undefined, nowMs),
    timeMs: nowMs,
    devices: [device],
    closings: undefined,
  })
  handlePhrases?.(rungSeeds.slice(1).map((seed) => seedToPhrase(seed)))
  for (const key of ['rung-0', 'device'] as const) await keys.setAside(key, nowMs)
  await keys.write('rung-0', rungSeed)
  await keys.write('device', deviceSeed)
  await store.commit([...certificateItems(certificate, device, nowMs), { type: 'value', key: ownNameKey, bytes: name }])
  for (const seed of rungSeeds) seed.fill(0)
  return { identity: { name, device, deviceSeed, certificate }, copied: false }
}

/** The seed is on disk before the certificate that lists it, and the home is a copy until both are. */
async function addDevice(
  { store, crypto, randomBytes, nowMs }: IdentityOptions,
  keys: KeyFiles,
  name: Uint8Array,
  old: Certificate,
  rungSeed: Uint8Array | undefined,
): Promise<Identity> {
  if (rungSeed === undefined || old.k !== 0) {
    throw new RunnelError('NOT_OWNER', 'this copied home cannot certify a device key of its own', {
      hint: 'A copy may not write the logs of the home it was copied from. Start with a new home.',
    })
  }
  checkRung(crypto, keys, rungSeed, old)
  if (old.devices.length >= MAX_DEVICES) {
    throw new RunnelError('TOO_MANY', `this name has ${MAX_DEVICES} devices, and this copied home would be one more`, {
      hint: 'A copy may not write the logs of the home it was copied from. Start with a new home.',
    })
  }
  const deviceSeed = randomBytes(32)
  const device = crypto.ed25519.publicKeyFromSeed(deviceSeed)
  await keys.write('device', deviceSeed)
  const certificate = signCertificate(crypto, rungSeed, {
    ladder: old.ladder,
    k: 0,
    serial: serialAfter(old.serial, nowMs),
    timeMs: nowMs,
    devices: [...old.devices, device],
    closings: old.closings,
  })
  rungSeed.fill(0)
  await store.commit(certificateItems(certificate, device, nowMs))
  await store.adoptHome()
  return { name, device, deviceSeed, certificate }
}

function serialAfter(known: number | undefined, nowMs: number): number {
  const serial = nextSerial(known, nowMs)
  if (typeof serial === 'number') return serial
  throw new RunnelError('TOO_MANY', 'the serial numbers of this rung are used up')
}

/** What is stored with a certificate of our own name: also which device is this one, which it may not list. */
export function certificateItems(certificate: Certificate, device: Uint8Array, seenMs: number): OwnItem[] {
  return [
    { type: 'name', ageS: 0, seenMs, certificateBytes: encodeCertificate(certificate) },
    { type: 'value', key: ownDeviceKey, bytes: device },
  ]
}
