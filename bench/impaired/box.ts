// A box in the middle of a cable that makes a bad link of it, for kernels without netem: User-mode Linux, which has it,
// passes the packets on. Both ends stay where they are, programs at them run at their full speed, and only packets go
// through the box. The box and all that belongs to it are gone after close(), and so is the cable.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child, Children } from '../frame/children.js'
import { cut } from './cut.js'
import { guarded, guestCommand, guestScript, readyWord } from './guest.js'
import { type Cable, entering, run } from './inside.js'
import type { LinkProfile } from './profiles.js'

/** It takes about two seconds on a quiet machine. */
const readyTimeoutMs = 30_000
const endTimeoutMs = 2_000

let boxes = 0

export interface BoxOptions {
  readonly readyTimeoutMs?: number
  /** The command line of the guest, where it is another one. */
  readonly command?: (script: string, directory: string) => readonly string[]
}

export class Box {
  readonly #namespace: string
  readonly #directory: string
  readonly #guest: Child
  readonly #remove = (): void => this.#forget()

  private constructor(namespace: string, directory: string, guest: Child) {
    this.#namespace = namespace
    this.#directory = directory
    this.#guest = guest
    process.once('exit', this.#remove)
  }

  /** Resolves when packets pass. Throws with the guest's output when it does not start, and leaves nothing but the cut cable. */
  static async open(
    { far }: Cable,
    profile: LinkProfile,
    children: Children,
    { command = guestCommand, readyTimeoutMs: mostMs = readyTimeoutMs }: BoxOptions = {},
  ): Promise<Box> {
    boxes += 1
    const namespace = `bnl${process.pid}x0-box${boxes}`
    const directory = mkdtempSync(join(tmpdir(), `runnel-link-${process.pid}-`))
    const script = join(directory, 'start')
    writeFileSync(script, guestScript(profile))
    chmodSync(script, 0o755)
    run('ip', 'netns', 'add', namespace)
    const [enter = '', ...entered] = [...entering(namespace), ...guarded, ...command(script, directory)]
    let box: Box | undefined
    try {
      run(enter, ...entering(namespace).slice(1), 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6')
      cut(far, namespace)
      const guest = children.start('the link box', enter, entered, { stdio: ['pipe', 'pipe', 'pipe'] })
      box = new Box(namespace, directory, guest)
      await box.#ready(mostMs)
      return box
    } catch (error) {
      if (box !== undefined) await box.close()
      else forget(namespace, directory)
      throw error
    }
  }

  /** Ends the guest, which makes of the cable two ends that lead nowhere. */
  async close(): Promise<void> {
    const guest = this.#guest
    guest.process.stdin?.on('error', () => {}).end()
    const timer = setTimeout(() => void guest.stop(), endTimeoutMs)
    await guest.ended
    clearTimeout(timer)
    this.#forget()
  }

  async #ready(mostMs: number): Promise<void> {
    const guest = this.#guest
    const endMs = performance.now() + mostMs
    while (!guest.output.includes(readyWord)) {
      if (!guest.alive) throw new Error(`the link box ended:\n${guest.output}`)
      if (performance.now() > endMs) throw new Error(`the link box is not ready after ${mostMs} ms:\n${guest.output}`)
      await sleep(20)
    }
  }

  #forget(): void {
    process.removeListener('exit', this.#remove)
    forget(this.#namespace, this.#directory)
  }
}

function forget(namespace: string, directory: string): void {
  try {
    run('ip', 'netns', 'del', namespace)
  } catch {
    // It is gone.
  }
  rmSync(directory, { recursive: true, force: true })
}
