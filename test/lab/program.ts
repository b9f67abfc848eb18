// A command that stays: its lines as they come, its standard input while it is open, and its end.

import type { ChildProcess } from 'node:child_process'
import { collect, command } from './runnel.js'
import type { Village } from './village.js'

export class Program {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  readonly #out: () => string
  /** What it has written to standard error. */
  readonly notes: () => string

  /** Starts `runnel ARGS` on a host of the village, with that host's home. */
  constructor(village: Village, host: string, args: readonly string[]) {
    const [name = '', ...others] = args
    this.#child = village
      .host(host)
      .spawn(command, [name, '--home', village.home(host), ...others], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdin?.on('error', () => {})
    this.#out = collect(this.#child.stdout)
    this.notes = collect(this.#child.stderr)
    this.#ended = new Promise((resolve) => this.#child.on('exit', resolve))
  }

  /** The whole lines that it has printed. */
  lines(): string[] {
    return this.#out().split('\n').slice(0, -1)
  }

  say(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** No more will be said to it. */
  sayNoMore(): void {
    this.#child.stdin?.end()
  }

  /** Resolves with its exit code when it ends by itself; null when it was killed. */
  ended(): Promise<number | null> {
    return this.#ended
  }

  /** Interrupts it, as Ctrl-C does; resolves with its exit code. */
  interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT')
    return this.#ended
  }
}
