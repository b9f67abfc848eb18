// How long something is to last, as a program says it.

import { RunnelError } from '../errors/index.js'

const unitS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** Seconds of a number, or of a text such as 30d, 12h, 90m or 60s. Throws BAD_ARGUMENT. */
export function durationS(value: string | number): number {
  const [, count, unit = 's'] = /^(\d{1,9}) ?([smhd])?$/.exec(String(value)) ?? []
  if (count !== undefined) return Number(count) * (unitS[unit] ?? 1)
  throw new RunnelError('BAD_ARGUMENT', `${value} is no time: whole seconds, or one such as 30d, 12h or 90m`)
}
