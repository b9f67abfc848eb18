// Whose device is at the other end: the certificate that it brought, held against the highest one that is known here.

import type { Crypto } from '../../stack/crypto/index.js'
import {
  compareCertificates,
  decodeCertificate,
  deviceIndex,
  type NameState,
  nameOf,
  verifyCertificate,
} from '../../stack/name/index.js'

/**
 * The name of which `device` is one, by a certificate that anyone could check and that nothing known here supersedes;
 * undefined: it has not said or not proven whose it is.
 */
export function provenName(
  crypto: Crypto,
  device: Uint8Array,
  certificateBytes: Uint8Array,
  held: (name: Uint8Array) => NameState | undefined,
): Uint8Array | undefined {
  if (certificateBytes.length === 0) return undefined
  const certificate = decodeCertificate(certificateBytes)
  if (typeof certificate === 'string' || deviceIndex(certificate, device) < 0) return undefined
  const name = nameOf(crypto, certificate.ladder)
  if (verifyCertificate(crypto, name, certificate) !== undefined) return undefined
  const known = held(name)?.certificate
  // A thief of a device, or of a low rung, is outranked by whatever struck it.
  const isOutranked = known !== undefined && compareCertificates(crypto, known, certificate) > 0
  return isOutranked && deviceIndex(known, device) < 0 ? undefined : name
}
