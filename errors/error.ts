// The one kind of error that Runnel throws to callers: a stable code, whose fault it is, and what to do about it.
// It crosses the API socket as plain data; what comes back from there is read without trust and never throws.

import { type Blame, type ErrorCode, type ErrorRow, errorTable, isErrorCode } from './table.js'

/** A value that JSON and CBOR both carry. */
export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue | undefined }

/** Facts for a program that handles the error, such as `{ asked: [{ neighbour, answer }] }` of NO_HOLDER. */
export type ErrorDetails = { readonly [key: string]: PlainValue | undefined }

export interface RunnelErrorOptions {
  /** What led to it; stays on this side of the API socket except for its message. */
  readonly cause?: unknown
  readonly details?: ErrorDetails
  /** Replaces the hint of the table where the thrower knows better. */
  readonly hint?: string
  /** Replaces the blame of the table where the same code has another culprit. */
  readonly blame?: Blame
}

/** A `RunnelError` as plain data. */
export interface ErrorRecord {
  readonly code: ErrorCode
  readonly message: string
  readonly blame: Blame
  readonly hint: string
  readonly errno?: string
  readonly details?: ErrorDetails
  /** The message of the cause. */
  readonly cause?: string
}

const blames: readonly string[] = ['caller', 'peer', 'network', 'local'] satisfies Blame[]

/** A message or hint from the other side of a socket is cut here (characters): enough for a paragraph, too little to hurt. */
const textLimit = 4096

/** Details from the other side deeper than this are dropped: ours have three levels. */
const depthLimit = 8

/** Values kept of the details from the other side: 1,024 is many times what `NO_HOLDER` lists for every neighbour. */
const valueLimit = 1024

export class RunnelError extends Error {
  override readonly name = 'RunnelError'
  readonly code: ErrorCode
  readonly blame: Blame
  readonly hint: string
  /** The name of the nearest Unix error, such as `ETIMEDOUT`. */
  readonly errno?: string
  readonly details?: ErrorDetails

  /** Makes an error of the table; `message` says what happened here, and defaults to the table's title. */
  constructor(code: ErrorCode, message?: string, options: RunnelErrorOptions = {}) {
    const row: ErrorRow = errorTable[code]
    super(message ?? row.title, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.blame = options.blame ?? row.blame
    this.hint = options.hint ?? row.hint
    if (row.errno !== undefined) this.errno = row.errno
    if (options.details !== undefined) this.details = options.details
  }

  /** The exit code of a command that ends with this error; meanings in exit.ts. */
  get exitCode(): number {
    return errorTable[this.code].exitCode
  }

  /** Where this code is explained, relative to the documentation's root. */
  get docs(): string {
    return `reference/errors.md#${this.code.toLowerCase()}`
  }

  /** The error as plain data, for a socket or a log; without the stack. */
  toJSON(): ErrorRecord {
    return {
      code: this.code,
      message: this.message,
      blame: this.blame,
      hint: this.hint,
      ...(this.errno === undefined ? {} : { errno: this.errno }),
      ...(this.details === undefined ? {} : { details: this.details }),
      ...(this.cause === undefined ? {} : { cause: textOf(this.cause) }),
    }
  }

  /**
   * Makes an error of what `toJSON` gave, after it crossed a socket. Total: anything gives an error, never throws one.
   * A code that this version does not know becomes INTERNAL, with the code kept in the message.
   */
  static fromJSON(value: unknown): RunnelError {
    if (!isRecord(value)) return new RunnelError('INTERNAL', 'the other side sent an error that is not one')
    const { code } = value
    const message = text(value.message)
    if (!isErrorCode(code)) {
      const shown = text(code) ?? 'none'
      return new RunnelError('INTERNAL', `unknown error code ${shown.slice(0, 64)}: ${message ?? 'no message'}`)
    }
    const hint = text(value.hint)
    const cause = text(value.cause)
    const details = isRecord(value.details) ? plainRecord(value.details, { left: valueLimit }, 0) : undefined
    return new RunnelError(code, message, {
      ...(isBlame(value.blame) ? { blame: value.blame } : {}),
      ...(hint === undefined ? {} : { hint }),
      ...(cause === undefined ? {} : { cause: new Error(cause) }),
      ...(details === undefined ? {} : { details }),
    })
  }
}

/** Whether `value` is a `RunnelError`, and of this code where one is given. */
export function isRunnelError(value: unknown, code?: ErrorCode): value is RunnelError {
  return value instanceof RunnelError && (code === undefined || value.code === code)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isBlame(value: unknown): value is Blame {
  return typeof value === 'string' && blames.includes(value)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, textLimit) : undefined
}

/** What a thrown value says, in words; never throws, though not everything that can be thrown can be a string. */
export function textOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  return typeof thrown === 'string' ? thrown : `a thrown ${typeof thrown}`
}

/** Copies what is plain data and drops the rest, so that a stranger's object brings neither getters nor a deep tree. */
function plainRecord(value: Record<string, unknown>, budget: { left: number }, depth: number): ErrorDetails {
  const copy: Record<string, PlainValue> = {}
  for (const [key, item] of Object.entries(value)) {
    const kept = plainValue(item, budget, depth + 1)
    if (kept !== undefined && key !== '__proto__') copy[key] = kept
  }
  return copy
}

function plainValue(value: unknown, budget: { left: number }, depth: number): PlainValue | undefined {
  budget.left -= 1
  if (budget.left < 0 || depth > depthLimit) return undefined
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value === 'string') return value.slice(0, textLimit)
  if (Array.isArray(value)) {
    const items = value.slice(0, valueLimit).map((item) => plainValue(item, budget, depth + 1))
    return items.filter((item) => item !== undefined)
  }
  return isRecord(value) ? plainRecord(value, budget, depth) : undefined
}
