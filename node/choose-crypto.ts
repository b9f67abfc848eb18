// Which provider of cryptography a node runs on, and why: the native one where there is one, unless it was asked for
// otherwise. All give the same bytes; they differ in speed.

import { RunnelError } from '../errors/index.js'
import { type Crypto, openNativeCrypto, openPortableCrypto } from '../stack/crypto/index.js'
import { type AddonFailure, type AddonSearch, describePlatform, findAddon } from './addon.js'

/** `auto` takes the native one and goes on without; `native` and `portable` take nothing else. */
export const cryptoChoices = ['auto', 'native', 'portable'] as const
export type CryptoChoice = (typeof cryptoChoices)[number]

/** The variable that chooses where nothing else does. */
const choiceVariable = 'RUNNEL_CRYPTO'

export interface ChosenCrypto {
  readonly crypto: Crypto
  /** The addon's file, if it is used. */
  readonly file?: string | undefined
  /** Why the addon is not used although it was not declined: what was tried, for this machine. */
  readonly missing?: { readonly platform: string; readonly failures: readonly AddonFailure[] } | undefined
}

/** The choice of the environment, `auto` unless it says so. Throws BAD_ARGUMENT for what is no choice. */
export function choiceOf(environment: NodeJS.ProcessEnv): CryptoChoice {
  const text = environment[choiceVariable] || 'auto'
  const choice = cryptoChoices.find((word) => word === text)
  if (choice !== undefined) return choice
  throw new RunnelError('BAD_ARGUMENT', `${choiceVariable} must be one of ${cryptoChoices.join(', ')}`)
}

/** Throws NO_NATIVE where the native provider was insisted on and cannot be had; nothing otherwise. */
export async function chooseCrypto(choice: CryptoChoice, find: () => AddonSearch = findAddon): Promise<ChosenCrypto> {
  if (choice === 'portable') return { crypto: await openPortableCrypto() }
  const { addon, file, failures } = find()
  const tried = [...failures]
  if (file !== undefined) {
    const crypto = openNativeCrypto(addon)
    if (typeof crypto !== 'string') return { crypto, file }
    tried.push({ file, reason: refusals[crypto] })
  }
  const missing = { platform: describePlatform(), failures: tried }
  if (choice === 'native')
    throw new RunnelError('NO_NATIVE', `there is no native addon here: ${describeMissing(missing)}`)
  return { crypto: await openPortableCrypto(), missing }
}

/** What to do about it. */
export const portableHint =
  'All works as it should, only slower: build the addon with `npm run build` where there is a cargo, or choose --crypto portable.'

/** What was tried, on one line. */
export function describeMissing({ platform, failures }: NonNullable<ChosenCrypto['missing']>): string {
  return `${platform}; ${failures.map(({ file, reason }) => `${file}: ${reason}`).join('; ')}`
}

const refusals = {
  'another-version': 'is of another version of runnel',
  'another-result': 'computes something else than the portable provider',
} as const
