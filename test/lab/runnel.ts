// The runnel command as a user runs it, on a host of a lab: its output, its exit code, and nodes that live until they are
// stopped or killed. Everything that was started is ended by `end()`.

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Host } from './lab.js'

/** The command that `npm run build` left, beside this compiled file. */
const command = join(import.meta.dirname, '..', '..', 'runnel')

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly milliseconds: number
}

/** Runs `runnel` on a host to its end. `input` goes to its standard input. `signal` kills it with SIGKILL. */
export async function runnel(
  host: Host,
  home: string,
  args: readonly string[],
  options: { input?: string | Uint8Array; cwd?: string; signal?: AbortSignal } = {},
): Promise<Finished> {
  const started = performance.now()
  const child = host.spawn(process.execPath, [command, ...args, '--home', home], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const kill = (): void => void child.kill('SIGKILL')
  options.signal?.addEventListener('abort', kill, { once: true })
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input ?? '')
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  options.signal?.removeEventListener('abort', kill)
  return { code, stdout: stdout(), stderr: stderr(), milliseconds: performance.now() - started }
}

/** As `runnel … --json`, which must end with 0: the parsed lines of its output. */
export async function runnelJson<T>(host: Host, home: string, args: readonly string[]): Promise<T[]> {
  const finished = await runnel(host, home, [...args, '--json'])
  if (finished.code !== 0) throw new Error(`runnel ${args.join(' ')} ended with ${finished.code}:\n${finished.stderr}`)
  const lines = finished.stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as T)
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}

/** A running `runnel up`. */
export class RunningNode {
  readonly host: Host
  readonly home: string
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  readonly #output: () => string

  private constructor(host: Host, home: string, child: ChildProcess) {
    this.host = host
    this.home = home
    this.#child = child
    this.#closed = once(child, 'close')
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
    this.#output = () => stdout() + stderr()
  }

  /** Starts `runnel up` and resolves when the node is ready. */
  static async up(host: Host, home: string, args: readonly string[] = []): Promise<RunningNode> {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
    const child = host.spawn(process.execPath, [command, 'up', ...args, '--home', home], { stdio })
    const node = new RunningNode(host, home, child)
    const ready = await Promise.race([runnel(host, home, ['wait']), node.#closed.then(() => undefined)])
    if (ready?.code !== 0) {
      await node.kill()
      throw new Error(`runnel up on ${host.name} did not get ready: ${ready?.stderr ?? ''}\n${node.output}`)
    }
    return node
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

  /** The largest resident set that the kernel saw of it, in bytes. */
  get peakBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'latin1')
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    if (!this.ended) this.#child.kill('SIGKILL')
    await this.#closed
  }

  /** A graceful end, as systemd asks for it. */
  async stop(): Promise<number | null> {
    if (!this.ended) this.#child.kill('SIGTERM')
    await this.#closed
    return this.#child.exitCode
  }
}
