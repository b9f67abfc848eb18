// What targets of several folders have in common: the crypto, a name, a log with a fork, and the words of the formats.

import { encodeUtf8, Writer } from '../../stack/bytes/index.js'
import { fileScope } from '../../stack/crypto/index.js'
import { openTestCrypto } from '../provider.js'
import { SampleLog } from '../samples/log.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../samples/name.js'

export const crypto = await openTestCrypto()
export const person = new SampleName(crypto)
export const nowMs = sampleTimeMs + 60_000
export const fileScopes = { public: fileScope(crypto, undefined), unlisted: fileScope(crypto, sampleSeeds.secret) }

/** Seeds of devices that a re-signed certificate lists. */
export const deviceSeeds = [sampleSeeds.device, sampleSeeds.secondDevice, filled(8), filled(9)]
export const devices = deviceSeeds.map((seed) => crypto.ed25519.publicKeyFromSeed(seed))

const log = new SampleLog(crypto)
const states = [log.held]
for (const sizes of [[200, 3_000], [700], [32_000], [30_000, 20]]) {
  log.appendSizes(...sizes)
  states.push(log.held)
}
const twin = log.fork(1)
twin.appendSizes(600)

/** A log that its writer forked after its second state: the states of the one, and of the other. */
export const sampleLog = log
export const logStates = states
export const twinLog = twin

/** 32-byte values that formats compare with. */
export const keys = [
  new Uint8Array(32),
  new Uint8Array(32).fill(0xff),
  person.name,
  person.log,
  ...devices.slice(0, 2),
  log.log,
  Uint8Array.from([1, ...new Uint8Array(31)]),
]

/** Numbers as fields hold them: 8 bytes. */
export function u64(value: number): Uint8Array {
  return new Writer(8).u64(value).bytes()
}

export function words(...texts: readonly string[]): Uint8Array[] {
  return texts.map(encodeUtf8)
}
