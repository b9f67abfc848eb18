// Flags of one command that are more than text. What does not fit is BAD_ARGUMENT with what it may be.

import type { Visibility } from '../api/index.js'
import { RunnelError } from '../errors/index.js'
import { type Invocation, textFlag } from './command.js'
import { seconds } from './config/kinds.js'

/** A flag that is a time, in seconds; undefined when it was not given. */
export function argumentSeconds(invocation: Invocation, name: string): number | undefined {
  const given = textFlag(invocation, name)
  if (given === undefined) return undefined
  const value = seconds.read(given)
  if (value === undefined) throw new RunnelError('BAD_ARGUMENT', `--${name} must be ${seconds.expects}`)
  return value
}

/** A flag that is a count from 0; undefined when it was not given. */
export function argumentCount(invocation: Invocation, name: string): number | undefined {
  const given = textFlag(invocation, name)
  if (given === undefined) return undefined
  const value = /^\d+$/.test(given) ? Number(given) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new RunnelError('BAD_ARGUMENT', `--${name} must be a whole number from 0`)
  return value
}

/** `--visibility`, as a call takes it. */
export function argumentVisibility(invocation: Invocation): { visibility?: Visibility } {
  const given = textFlag(invocation, 'visibility')
  if (given === undefined) return {}
  if (given !== 'public' && given !== 'unlisted') {
    throw new RunnelError('BAD_ARGUMENT', '--visibility must be public or unlisted')
  }
  return { visibility: given }
}

/** What a visibility means to whoever publishes. */
export function visibilityText(visibility: Visibility): string {
  return visibility === 'public'
    ? 'public: whoever has the name can read it'
    : 'unlisted: only who has this link can read it'
}
