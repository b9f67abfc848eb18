// The cryptography that tests run on: the provider that a node would choose here, so that RUNNEL_CRYPTO=native and
// RUNNEL_CRYPTO=portable run every test with the one or the other.

import { choiceOf, chooseCrypto } from '../node/choose-crypto.js'
import { type Crypto, openPortableCrypto } from '../stack/crypto/index.js'

/** Throws NO_NATIVE where RUNNEL_CRYPTO=native and there is no addon. */
export async function openTestCrypto(): Promise<Crypto> {
  return (await chooseCrypto(choiceOf(process.env))).crypto
}

/** Every provider that there is here: the portable one, and the native one unless RUNNEL_CRYPTO=portable or it is missing. */
export async function openProviders(): Promise<Crypto[]> {
  const chosen = await openTestCrypto()
  return chosen.provider === 'native' ? [await openPortableCrypto(), chosen] : [chosen]
}
