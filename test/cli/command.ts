// The built command as a child process, on a home of its own, without the variables of whoever runs the tests.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export const executable = join(import.meta.dirname, '..', '..', 'runnel')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly home?: string
  readonly input?: string | Uint8Array
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs the command to its end. */
export async function command(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const child = startCommand(args, options)
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input ?? '')
  return ended(child)
}

/** Starts the command; its standard input stays open. */
export function startCommand(args: readonly string[], { home, cwd, env = {} }: CommandOptions): ChildProcess {
  const kept = Object.entries(process.env).filter(([name]) => !/^(RUNNEL_|XDG_|NOTIFY_|WATCHDOG_)/.test(name))
  return spawn(executable, [...args, ...(home === undefined ? [] : ['--home', home])], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Commands of several tests run at once, on one machine, so none takes the port that a user's node has.
    env: { ...Object.fromEntries(kept), RUNNEL_HTTP: 'off', RUNNEL_TUN: 'off', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: stdout(), stderr: stderr() }
}

/** Lines of JSON, parsed. */
export function records(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}
