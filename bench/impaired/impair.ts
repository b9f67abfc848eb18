// Makes a bad link of a cable between two namespaces, in the best way that this machine has: netem of its own kernel, netem of
// User-mode Linux in a box in the middle of the cable, or tbf, where the profile is nothing but a rate.

import type { Children } from '../frame/children.js'
import { Box } from './box.js'
import { netem, tbf } from './disciplines.js'
import { whyNoGuest } from './guest.js'
import { addressOf, type Cable, entering, ip, type Plug, run, tc } from './inside.js'
import { type Direction, isRateOnly, type LinkProfile } from './profiles.js'

export interface Impairment {
  /** `netem`: this kernel's; `uml`: User-mode Linux's; `tbf`: the rate alone. */
  readonly by: 'netem' | 'uml' | 'tbf'
  /** Ends it. What User-mode Linux carried is a dead cable afterwards. */
  close(): Promise<void>
}

let netemReason: { readonly reason: string | undefined } | undefined

/** Why this kernel cannot do it itself, or undefined when it can. */
export function whyNoNetem(): string | undefined {
  if (netemReason === undefined) {
    try {
      run('unshare', '--net', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms')
      netemReason = { reason: undefined }
    } catch (error) {
      netemReason = { reason: `this kernel has no netem (${lastLineOf(error)})` }
    }
  }
  return netemReason.reason
}

/** Why a cable cannot be made such a link here, or undefined when it can. */
export function whyNotImpaired(profile: LinkProfile): string | undefined {
  if (isRateOnly(profile) || whyNoNetem() === undefined) return undefined
  const guest = whyNoGuest()
  return guest === undefined ? undefined : `${whyNoNetem()}, and ${guest}`
}

/**
 * The near end is the reader's side: the profile's `down` is what comes to it. Before programs use the cable, because its far
 * end may become another device of the same name, addresses and routes. Packets are what crosses it afterwards: the kernel
 * gathers them no more. Throws with the reason where it cannot be done.
 */
export async function impair(cable: Cable, profile: LinkProfile, children: Children): Promise<Impairment> {
  const reason = whyNotImpaired(profile)
  if (reason !== undefined) throw new Error(`no link like ${profile.name}: ${reason}`)
  if (isRateOnly(profile)) return shape(cable, profile)
  const box = whyNoNetem() === undefined ? undefined : await Box.open(cable, profile, children)
  for (const { namespace, device } of [cable.near, cable.far]) {
    ip(namespace, 'link', 'set', 'dev', device, 'gso_max_segs', '1')
  }
  if (box === undefined) discipline(cable, profile, netem)
  const others = profile.othersPerSecond > 0 ? startOthers(cable, profile, children) : undefined
  const close = async (): Promise<void> => {
    await others?.stop()
    if (box === undefined) release(cable)
    else await box.close()
  }
  return { by: box === undefined ? 'netem' : 'uml', close }
}

/** Limits the rate of a cable to the profile's, each way, and nothing else of it: no delay and no loss. For throughput. */
export function shape(cable: Cable, profile: LinkProfile): Impairment {
  discipline(cable, profile, tbf)
  return { by: 'tbf', close: async () => release(cable) }
}

function discipline({ near, far }: Cable, { down, up }: LinkProfile, told: (direction: Direction) => string[]): void {
  const set = ({ namespace, device }: Plug, direction: Direction): void => {
    tc(namespace, 'qdisc', 'replace', 'dev', device, 'root', ...told(direction))
  }
  set(near, up)
  set(far, down)
}

/** Also where the cable has gone before. */
function release({ near, far }: Cable): void {
  for (const { namespace, device } of [near, far]) {
    try {
      tc(namespace, 'qdisc', 'del', 'dev', device, 'root')
    } catch {
      // Gone.
    }
  }
}

/** Small questions and answers of others. */
function startOthers({ near, far }: Cable, { othersPerSecond }: LinkProfile, children: Children) {
  const ping = ['ping', '-q', '-n', '-s', '0', '-i', String(1 / othersPerSecond), addressOf(far)]
  const [enter = '', ...entered] = [...entering(near.namespace), ...ping]
  return children.start('others on the link', enter, entered)
}

function lastLineOf(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return text.trim().split('\n').at(-1) ?? ''
}
