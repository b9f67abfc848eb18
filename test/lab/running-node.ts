// A running `runnel up` on a host of a lab, with a connection to its API: it can be stopped, killed, started again on the
// same home, and asked how much memory it took.

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type NodeClient } from '../../api/index.js'
import type { Host } from './lab.js'
import { collect, command } from './runnel.js'

/** A node on a busy machine is ready long before. */
const readyTimeoutMs = 30_000

export interface UpOptions {
  /** What stands before the command: a program that changes what the node sees, and then becomes it. */
  readonly wrapper?: readonly string[]
  /** The home as this process sees it, where the wrapper makes that another path than the node's own. */
  readonly homeSeen?: (pid: number) => string
  /** Set for this process beside what the test's own has. */
  readonly environment?: Readonly<Record<string, string>>
}

/** How long a node took from its start until its API answered. */
export interface Opening {
  readonly wallMs: number
  /** Of that, what its main thread spent waiting for a processor that others had. */
  readonly crowdedMs: number
  /** What all of its threads took of the processors. */
  readonly cpuMs: number
}

export class RunningNode {
  readonly host: Host
  readonly home: string
  readonly args: readonly string[]
  readonly #options: UpOptions
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  readonly #output: () => string
  readonly #clients: NodeClient[] = []
  readonly #startedMs = performance.now()
  #opening: Opening | undefined
  #peakBytes = 0

  private constructor(host: Host, home: string, args: readonly string[], options: UpOptions) {
    this.host = host
    this.home = home
    this.args = args
    this.#options = options
    const line = [...(options.wrapper ?? []), command, 'up', ...args, '--home', home]
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
    const env = { ...process.env, ...options.environment }
    this.#child = host.spawn(line[0] ?? command, line.slice(1), { stdio, env })
    this.#closed = once(this.#child, 'close')
    const [stdout, stderr] = [collect(this.#child.stdout), collect(this.#child.stderr)]
    this.#output = () => stdout() + stderr()
  }

  /** Starts `runnel up` and resolves when its API answers. Throws with its output when it ends before. */
  static async up(
    host: Host,
    home: string,
    args: readonly string[] = [],
    options: UpOptions = {},
  ): Promise<RunningNode> {
    const node = new RunningNode(host, home, args, options)
    try {
      await node.#ready()
    } catch (error) {
      await node.kill()
      throw error
    }
    return node
  }

  /** Starts `runnel up` where it must fail: its exit code and what it printed. */
  static async refused(
    host: Host,
    home: string,
    args: readonly string[] = [],
    options: UpOptions = {},
  ): Promise<{ code: number | null; output: string }> {
    const node = new RunningNode(host, home, args, options)
    const timer = setTimeout(() => void node.kill(), readyTimeoutMs)
    await node.#closed
    clearTimeout(timer)
    return { code: node.#child.exitCode, output: node.output }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get output(): string {
    return this.#output()
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** The connection that was made first. */
  get client(): NodeClient {
    const [client] = this.#clients
    if (client === undefined) throw new Error('the node was never ready')
    return client
  }

  /** One more connection to its API, closed with the node. */
  async connect(): Promise<NodeClient> {
    const home = this.#options.homeSeen?.(this.pid) ?? this.home
    const client = await connect({ home })
    this.#clients.push(client)
    return client
  }

  get opening(): Opening {
    if (this.#opening === undefined) throw new Error('the node was never ready')
    return this.#opening
  }

  /** The largest resident set that the kernel saw of it, in bytes; of one that was killed, shortly before. */
  get peakBytes(): number {
    if (this.ended) return this.#peakBytes
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'latin1')
      this.#peakBytes = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
    } catch {
      // It ended just now.
    }
    return this.#peakBytes
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    void this.peakBytes
    if (!this.ended) this.#child.kill('SIGKILL')
    await this.#end()
  }

  /** A graceful end, as systemd asks for it; resolves with the exit code. */
  async stop(): Promise<number | null> {
    void this.peakBytes
    if (!this.ended) this.#child.kill('SIGTERM')
    await this.#end()
    return this.#child.exitCode
  }

  /** The same command again on the same home, after this one has ended. */
  again(): Promise<RunningNode> {
    return RunningNode.up(this.host, this.home, this.args, this.#options)
  }

  /** Starts the same command again, and kills it after so long, wherever it is then. */
  async againFor(milliseconds: number): Promise<void> {
    const node = new RunningNode(this.host, this.home, this.args, this.#options)
    await sleep(milliseconds)
    await node.kill()
  }

  async #end(): Promise<void> {
    await this.#closed
    await Promise.all(this.#clients.map((client) => client.close()))
  }

  async #ready(): Promise<void> {
    const endMs = performance.now() + readyTimeoutMs
    for (;;) {
      if (this.ended) {
        await this.#closed
        throw new Error(`runnel up on ${this.host.name} ended with ${this.#child.exitCode}:\n${this.output}`)
      }
      try {
        const client = await this.connect()
        await client.wait({ for: 'ready' })
        // Another process may run a node on this home; then this one is about to end.
        if ((await client.status()).pid !== this.pid) throw new Error(`another process answers for ${this.home}`)
        const { wallMs, pid } = { wallMs: performance.now() - this.#startedMs, pid: this.pid }
        this.#opening = { wallMs, crowdedMs: crowdedMs(pid), cpuMs: cpuMs(pid) }
        return
      } catch (error) {
        if (performance.now() > endMs) throw error
        await sleep(20)
      }
    }
  }
}

/** Milliseconds that a process' main thread was ready to run and did not, by the kernel's count; 0 where it has none. */
function crowdedMs(pid: number): number {
  return Number(fieldsOf(`/proc/${pid}/schedstat`)[1] ?? 0) / 1e6
}

/** User and system time of a process, proc_pid_stat(5), in ticks of 10 ms. */
function cpuMs(pid: number): number {
  const [, , , , , , , , , , , , , user, system] = fieldsOf(`/proc/${pid}/stat`)
  return 10 * (Number(user ?? 0) + Number(system ?? 0))
}

function fieldsOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split(' ')
  } catch {
    return []
  }
}
