// What every caller may meet: `RunnelError` with a stable `code`, `blame`, `hint` and, for shims, `errno`.
// One table (table.ts) is the source of the codes, the exit codes and docs/reference/errors.md.

export {
  type ErrorDetails,
  type ErrorRecord,
  isRunnelError,
  type PlainValue,
  RunnelError,
  type RunnelErrorOptions,
} from './error.js'
export { type ExitCode, exitMeanings } from './exit.js'
export { type Blame, type ErrorCode, type ErrorRow, errorTable, isErrorCode } from './table.js'
export { toRunnelError } from './unknown.js'
