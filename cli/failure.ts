// How a command ends that failed: one line with the code and the message, one with what to do, and the exit code.

import { RunnelError, toRunnelError } from '../errors/index.js'
import { clean, jsonLine } from './text.js'

/** Tells the error on standard error, as JSON when records were asked for, and returns the exit code. */
export function tellFailure(thrown: unknown, json: boolean): number {
  const error = toRunnelError(thrown)
  if (json) process.stderr.write(`${jsonLine({ error: error.toJSON() })}\n`)
  else process.stderr.write(`runnel: ${error.code}: ${clean(error.message)}\n${hintLines(error)}`)
  if (error.code === 'INTERNAL' && !json) process.stderr.write(`${stackOf(thrown)}\n`)
  return error.exitCode
}

/** Who was asked, and what to do. */
export function hintLines(error: RunnelError): string {
  const asked = askedLines(error.details?.asked)
  return `${asked}hint: ${clean(error.hint)}\n`
}

/** Who was asked and what they said: the first thing to know when nobody has it. */
function askedLines(asked: unknown): string {
  if (!Array.isArray(asked)) return ''
  return asked.map((one: unknown) => `asked: ${clean(describe(one))}\n`).join('')
}

function describe(one: unknown): string {
  if (typeof one !== 'object' || one === null) return String(one)
  return Object.entries(one)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([key, value]) => `${key} ${value}`)
    .join(', ')
}

/** A defect is only found with the place where it happened. */
function stackOf(thrown: unknown): string {
  const inner = thrown instanceof RunnelError ? (thrown.cause ?? thrown) : thrown
  return inner instanceof Error && inner.stack !== undefined ? inner.stack : String(inner)
}
