// What a node says while it runs.

/** One thing that happened: a change of state, never an attempt. `level` as in pino. */
export interface LogEvent {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly event: string
  readonly [field: string]: unknown
}
