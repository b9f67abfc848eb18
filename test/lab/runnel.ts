// The runnel command as a user runs it, on a host of a lab: its output, its exit code, and what it prints as JSON.

import { once } from 'node:events'
import { join } from 'node:path'
import type { Host } from './lab.js'

/** The command that `npm run build` left, beside this compiled file. */
export const command = join(import.meta.dirname, '..', '..', 'runnel')

// No interface comes to this machine by a test that is not about it.
process.env.RUNNEL_TUN ??= 'off'

export interface Finished {
  /** Null when it was killed. */
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
  const child = host.spawn(command, [...args, '--home', home], {
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
export async function runnelJson<T>(host: Host, home: string, args: readonly string[], input = ''): Promise<T[]> {
  const finished = await runnel(host, home, [...args, '--json'], { input })
  if (finished.code !== 0) throw new Error(`runnel ${args.join(' ')} ended with ${finished.code}:\n${finished.stderr}`)
  const lines = finished.stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as T)
}

/** What a stream of text has yielded until now. */
export function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}
