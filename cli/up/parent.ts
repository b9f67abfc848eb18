// What a node in the background tells the command that started it: once, that it is ready or why not.

import type { ErrorRecord } from '../../errors/index.js'
import type { Ready } from './announce.js'

export interface Told {
  readonly ready?: Ready
  readonly phrases?: readonly string[]
  readonly error?: ErrorRecord
}

/** Set in the environment of the node in the background: `terminal` where the command writes to one. */
export const parentVariable = 'RUNNEL_STARTED_BY'

export const parent = process.env[parentVariable] === undefined ? undefined : openParent()

function openParent(): { readonly terminal: boolean; tell(told: Told): void } {
  const terminal = process.env[parentVariable] === 'terminal'
  delete process.env[parentVariable]
  // The command may have gone: then nobody is told, and the node goes on.
  process.on('error', () => {})
  return {
    terminal,
    tell: (told) => {
      if (process.connected) process.send?.(told, undefined, undefined, () => process.connected && process.disconnect())
    },
  }
}
