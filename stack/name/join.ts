// Joining certificates (protocol §4.4): copies of one home each certify a device of their own with the same rung, and may
// not know of each other. Whoever holds the rung and meets both signs one that lists the devices of both. Everybody makes
// the same bytes of the same two, and devices only ever come together, so that all end at one certificate.

import { compare, equal } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { type Certificate, type CertificateBody, compareCertificates, deviceIndex } from './certificate.js'
import { MAX_DEVICES, MAX_SERIAL } from './limits.js'

/** The certificate that is to be signed to list the devices of both, or why there is none. */
export type Join =
  | { readonly kind: 'sign'; readonly body: CertificateBody }
  /** The higher one lists all devices of the other. */
  | { readonly kind: 'listed' }
  /** Signed by different rungs, or of different closings: what is missing in the higher one may have been struck. */
  | { readonly kind: 'struck' }
  /** Too many devices for one certificate, or no serial is left. */
  | { readonly kind: 'full' }

/** What comes of two verified certificates of one name; the order in which they are given does not matter. */
export function joinCertificates(crypto: Crypto, a: Certificate, b: Certificate): Join {
  const [higher, lower] = compareCertificates(crypto, a, b) >= 0 ? [a, b] : [b, a]
  const missing = lower.devices.filter((device) => deviceIndex(higher, device) < 0)
  if (missing.length === 0) return { kind: 'listed' }
  if (higher.k !== lower.k || !sameClosings(higher, lower)) return { kind: 'struck' }
  const devices = [...higher.devices, ...missing].sort(compare)
  if (devices.length > MAX_DEVICES || higher.serial === MAX_SERIAL) return { kind: 'full' }
  const { ladder, k, closings } = higher
  const timeMs = Math.max(higher.timeMs, lower.timeMs)
  return { kind: 'sign', body: { ladder, k, serial: higher.serial + 1, timeMs, devices, closings } }
}

function sameClosings({ closings: a }: Certificate, { closings: b }: Certificate): boolean {
  return a === undefined || b === undefined ? a === b : equal(a, b)
}
