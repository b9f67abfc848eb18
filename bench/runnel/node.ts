// A node of Runnel as users run it: `runnel up` in a process of its own, with a connection to its API.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type NodeClient } from '../../api/index.js'
import type { Child } from '../frame/children.js'
import { cpuMs, forgetPeak, peakBytes } from '../frame/process-facts.js'
import type { Surroundings } from '../frame/surroundings.js'

/** The command that `npm run build` left. */
export const command = join(import.meta.dirname, '..', '..', 'runnel')

/** A node on a busy machine is ready long before. */
const readyTimeoutMs = 30_000

/** Options of Node for a process that is to leave a profile, none where nothing is profiled. */
export function profiling(surroundings: Surroundings, role: string): string[] {
  const { profileDirectory } = surroundings
  if (profileDirectory === undefined) return []
  return ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`, `--cpu-prof-name=${role}-${Date.now()}.cpuprofile`]
}

/** The command as users start it; with options of Node, which no variable takes, as its launcher starts Node. */
function commandLine(options: readonly string[]): string[] {
  if (options.length === 0) return [command]
  const launched = /exec node (.*?) "\$start"/.exec(readFileSync(command, 'utf8'))?.[1]?.split(' ') ?? []
  return [process.execPath, ...launched, ...options, command]
}

export class BenchNode {
  readonly role: string
  readonly home: string
  readonly client: NodeClient
  readonly child: Child
  /** `DEVICE@HOST:PORT` for others that start with it; undefined where it does not listen. */
  readonly upstream: string | undefined
  readonly provider: string
  #cpuBeforeMs = 0

  private constructor(role: string, home: string, child: Child, client: NodeClient, told: Told) {
    this.role = role
    this.home = home
    this.child = child
    this.client = client
    this.provider = told.provider
    this.upstream = told.upstream
  }

  /** Starts it and resolves when its API answers. Throws with its output when it ends before. */
  static async up(
    surroundings: Surroundings,
    provider: string,
    role: string,
    home: string,
    args: readonly string[],
  ): Promise<BenchNode> {
    const [program = command, ...before] = commandLine(profiling(surroundings, role))
    const child = surroundings.children.start(
      `${role} (runnel up)`,
      program,
      [...before, 'up', '--log-level', 'warn', ...args, '--home', home],
      { env: { RUNNEL_TUN: 'off', ...process.env, RUNNEL_CRYPTO: provider } },
    )
    const endMs = performance.now() + readyTimeoutMs
    for (;;) {
      if (!child.alive) throw new Error(`${child.name} ended:\n${child.output}`)
      try {
        const client = await connect({ home })
        await client.wait({ for: 'ready' })
        const { device, listening, provider: used } = await client.status()
        const upstream = listening[0] === undefined ? undefined : `${device}@${listening[0]}`
        return new BenchNode(role, home, child, client, { upstream, provider: used })
      } catch (error) {
        if (performance.now() > endMs) throw error
        await sleep(20)
      }
    }
  }

  /** From here on what it takes is counted. */
  beginCosts(): void {
    this.#cpuBeforeMs = cpuMs(this.child.pid)
    forgetPeak(this.child.pid)
  }

  /** CPU milliseconds and peak of resident bytes since `beginCosts`, named by `phase` and the role. */
  costs(phase: string): Record<string, number> {
    const { pid } = this.child
    return {
      [`${phase}.${this.role}.cpuMs`]: Math.round(cpuMs(pid) - this.#cpuBeforeMs),
      [`${phase}.${this.role}.peakBytes`]: peakBytes(pid),
    }
  }

  async stop(): Promise<void> {
    await this.client.close()
    await this.child.stop()
  }
}

interface Told {
  readonly upstream: string | undefined
  readonly provider: string
}
