// Every process that the bench starts, so that all of them are gone when it ends, however it ends.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Who was asked to end and has not by then is killed. */
const endingMs = 20_000

export class Child {
  readonly name: string
  readonly process: ChildProcess
  readonly ended: Promise<void>
  readonly #output: Buffer[] = []

  constructor(name: string, process: ChildProcess) {
    this.name = name
    this.process = process
    this.ended = once(process, 'close').then(
      () => {},
      () => {},
    )
    for (const stream of [process.stdout, process.stderr])
      stream?.on('data', (bytes: Buffer) => this.#output.push(bytes))
  }

  get pid(): number {
    return this.process.pid ?? 0
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null && this.pid > 0
  }

  /** What it has written until now. */
  get output(): string {
    return Buffer.concat(this.#output).toString()
  }

  /** Asks it to end, and resolves when it has. */
  async stop(): Promise<void> {
    if (this.alive) this.process.kill('SIGTERM')
    const timer = setTimeout(() => this.process.kill('SIGKILL'), endingMs)
    await this.ended
    clearTimeout(timer)
  }
}

export class Children {
  readonly #children = new Set<Child>()
  #isOver = false

  /** Throws once the bench is over. */
  start(name: string, command: string, args: readonly string[], options: SpawnOptions = {}): Child {
    if (this.#isOver) throw new Error(`${name} is not started: the bench is over`)
    const child = new Child(name, spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }))
    this.#children.add(child)
    void child.ended.then(() => this.#children.delete(child))
    return child
  }

  /** Runs a command to its end; throws with its output when it fails. */
  async finish(name: string, command: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
    const child = this.start(name, command, args, options)
    await child.ended
    if (child.process.exitCode !== 0) {
      throw new Error(`${name} ended with ${child.process.exitCode ?? child.process.signalCode}:\n${child.output}`)
    }
    return child.output
  }

  /** Ends everything that runs, in no order. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.stop()))
  }

  /** From now on nothing is started, and everything that runs ends. */
  async endAll(): Promise<void> {
    this.#isOver = true
    await this.stopAll()
  }

  /** For the end of the bench's own process. */
  killAll(): void {
    this.#isOver = true
    for (const child of this.#children) child.process.kill('SIGKILL')
  }
}
