// curl as a user runs it on a host of a lab: a program that knows nothing of Runnel.

import { once } from 'node:events'
import type { Host } from './lab.js'
import { collect } from './runnel.js'

export interface Fetched {
  /** Null when it was killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs curl to its end. Lines end as in a file: without carriage returns, the last one too. */
export async function curl(host: Host, args: readonly string[], cwd?: string): Promise<Fetched> {
  const child = host.spawn('curl', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  })
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: lines(stdout()), stderr: lines(stderr()) }
}

function lines(text: string): string {
  return text === '' || text.endsWith('\n') ? text.replaceAll('\r', '') : `${text.replaceAll('\r', '')}\n`
}
