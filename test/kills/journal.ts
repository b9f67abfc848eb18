// What a run did, in the order in which it learned it, one line of JSON each, on disk before the run goes on: what a node
// acknowledged is known from here, never from the node.

import { closeSync, openSync, writeSync } from 'node:fs'

const shownLines = 30

export class Journal {
  readonly path: string
  readonly #file: number
  readonly #last: string[] = []

  constructor(path: string) {
    this.path = path
    this.#file = openSync(path, 'a')
  }

  note(what: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const line = JSON.stringify({ ms: Math.round(performance.now()), what, ...fields })
    writeSync(this.#file, `${line}\n`)
    this.#last.push(line)
    if (this.#last.length > shownLines) this.#last.shift()
  }

  /** The last lines, for who reads of a failure. */
  get tail(): string {
    return this.#last.join('\n')
  }

  close(): void {
    closeSync(this.#file)
  }
}
