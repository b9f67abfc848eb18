// What the native addon knows of this machine, beside tunnels. Who loads it hands it over as an unknown value, because a file
// on disk may be anything.

import { ADDON_INTERFACE } from '../../stack/crypto/index.js'
import { findAddon } from '../addon.js'

/** What this machine could do. */
export interface Abilities {
  /** Why there can be no interface, as `STEP ERRNO TEXT`. */
  readonly refused?: string | null
  /** Super-packets that the kernel would hand over. 0: none; 1: TCP; 2: UDP too. */
  readonly offloads: number
  /** Whether the kernel cuts one send over UDP into datagrams, and joins datagrams into one receive. */
  readonly cuts: boolean
  readonly joins: boolean
  /** Whether something keeps the clock right; missing where that cannot be asked. */
  readonly clock?: boolean | null
}

export interface MachineAddon {
  /** Makes an interface for a moment. */
  examineMachine(): Abilities
  /** Removes rules of routing whose interface is gone with its node: the number of that interface for each. Throws. */
  removeAbandonedRules(): number[]
  /** Rings when addresses or interfaces have changed; keeps no process alive. Throws. */
  watchAddresses(bell: () => void): { close(): void }
}

/** The addon of this version, where there is one for this machine. */
export function findMachineAddon(find: () => { readonly addon: unknown } = findAddon): MachineAddon | undefined {
  const { addon } = find()
  return isMachineAddon(addon) ? addon : undefined
}

function isMachineAddon(value: unknown): value is MachineAddon {
  if (typeof value !== 'object' || value === null) return false
  const { INTERFACE, examineMachine, removeAbandonedRules, watchAddresses } = value as Record<string, unknown>
  const all = [examineMachine, removeAbandonedRules, watchAddresses]
  return INTERFACE === ADDON_INTERFACE && all.every((one) => typeof one === 'function')
}
