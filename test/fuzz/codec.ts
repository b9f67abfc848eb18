// The target of a decoder: it answers for any bytes, and what it accepts is written back to the same bytes.

import { equal, toHex } from '../../stack/bytes/index.js'
import { demand, type Target } from './target.js'

export interface Codec<T> extends Omit<Target, 'kind' | 'run'> {
  /** A Reason or undefined is a refusal. */
  readonly decode: (bytes: Uint8Array) => T | string | undefined
  /** Left out where bytes cannot be written back from what is read. */
  readonly encode?: (value: T) => Uint8Array
  /** What else must hold of a value that was read. */
  readonly check?: (value: T, bytes: Uint8Array) => void
}

export function codec<T extends object>({ decode, encode, check, ...target }: Codec<T>): Target {
  return {
    ...target,
    kind: 'decoder',
    run(bytes) {
      const value = decode(bytes)
      if (value === undefined || typeof value === 'string') {
        demand(value === undefined || /^[a-z-]+$/.test(value), `refuses with a reason, and not with ${String(value)}`)
        return
      }
      check?.(value, bytes)
      if (encode === undefined) return
      const written = encode(value)
      demand(
        equal(written, bytes),
        `writes what was read to the same bytes, and not to ${toHex(written).slice(0, 400)}`,
      )
    },
  }
}
