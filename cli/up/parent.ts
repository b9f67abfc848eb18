// What a node in the background tells the command that started it: once, that it is ready or why not.

import type { ErrorRecord } from '../../errors/index.js'
import type { Ready } from './announce.js'

export interface Told {
  readonly ready?: Ready
  /** For the user, line by line. */
  readonly notes?: readonly string[]
  readonly phrases?: readonly string[]
  readonly error?: ErrorRecord
}

/** Set in the environment of the node in the background: `terminal` where the command writes to one. */
export const parentVariable = 'RUNNEL_STARTED_BY'

export const parent = process.env[parentVariable] === undefined ? undefined : openParent()

function openParent(): { readonly terminal: boolean; tell(told: Told, handleGone?: () => void): void } {
  const terminal = process.env[parentVariable] === 'terminal'
  delete process.env[parentVariable]
  return {
    terminal,
    // The command may have gone meanwhile: the node goes on.
    tell: (told, handleGone = () => {}) => {
      if (!process.connected || process.send === undefined) return handleGone()
      process.send(told, undefined, undefined, (error) => {
        if (error !== null) handleGone()
        if (process.connected) process.disconnect()
      })
    },
  }
}
