// Where a command writes: what was asked for to standard output, everything about it to standard error. A reader that
// closes the pipe early ends the command quietly.

import type { Writable } from 'node:stream'
import { jsonLine } from './text.js'

/** To the first column, and nothing behind it. */
const clearLine = '\r\u001b[K'

export class Output {
  /** Whether `--json` was given: records on standard output instead of text. */
  readonly json: boolean
  readonly #out: Writable
  readonly #notes: Writable
  #drafted = false

  constructor(json: boolean, out: Writable = process.stdout, notes: Writable = process.stderr) {
    this.json = json
    this.#out = out
    this.#notes = notes
  }

  /** Whether people read standard output. */
  get terminal(): boolean {
    return 'isTTY' in this.#out && this.#out.isTTY === true
  }

  line(text: string): void {
    this.#out.write(`${this.#drafted ? clearLine : ''}${text}\n`)
    this.#drafted = false
  }

  /** Shows on a terminal what is being done; the next line takes its place. Elsewhere nothing is shown. */
  draft(text: string): void {
    if (!this.terminal || this.json) return
    this.#out.write(`${clearLine}${text}`)
    this.#drafted = true
  }

  /** One object as one line of JSON. */
  record(value: object): void {
    this.line(jsonLine(value))
  }

  note(text: string): void {
    this.#notes.write(`${text}\n`)
  }

  noteRecord(value: object): void {
    this.note(jsonLine(value))
  }

  /** Writes bytes as they are; resolves when more may follow. Rejects when nobody reads any more. */
  async bytes(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    if (this.#out.write(bytes)) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of ['drain', 'close', 'error']) this.#out.off(event, done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      for (const event of ['drain', 'close', 'error']) this.#out.once(event, done)
      signal.addEventListener('abort', done, { once: true })
    })
    signal.throwIfAborted()
  }
}
