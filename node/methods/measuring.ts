// `ping` and `trace`: whether a device is there, by which way, and how long each node on it takes to answer. All of it is
// measured now; who answers for the device has proven to be it.

import type { PingAnswer, TraceHop } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { addressOf, encodeText, formatAddress, TextKind } from '../../stack/name/index.js'
import type { Handlers } from '../api-server/index.js'
import { formatUdp } from '../carrier/index.js'
import { oneAnswer } from '../one-answer.js'
import type { Time } from '../outside.js'
import type { Petnames } from '../reader/index.js'
import type { Measured, Sessions } from '../sessions/index.js'
import type { NodeTunnel } from '../tunnel/index.js'
import { targetOf } from './conversing.js'
import { pause } from './pause.js'

export interface MeasuringContext {
  readonly crypto: Crypto
  readonly time: Time
  readonly sessions: Pick<Sessions, 'measure'>
  readonly devicesOf: (name: Uint8Array, signal: AbortSignal, timeoutMs: number) => Promise<readonly Uint8Array[]>
  readonly tunnel: Pick<NodeTunnel, 'measure'>
  readonly petnames: Petnames
}

const defaultCount = 4
const defaultIntervalMs = 1_000
/** How long one answer is waited for. */
const defaultTimeoutMs = 5_000
/** Nodes on a way, at most (protocol §10.1), and how often each is asked. */
const maxHops = 32
const askedOfHop = 3
/** Nodes in a row that do not answer before a trace is given up. */
const maxSilent = 3

/** An answer, or why there is none, and when it came. */
type Timed = (Measured | { readonly reached: false; readonly reason: 'Expired' }) & { readonly tookMs: number }

export function measuringMethods(context: MeasuringContext): Pick<Handlers, 'ping' | 'trace'> {
  const { crypto, time, tunnel } = context
  const keyText = (device: Uint8Array): string => encodeText(crypto, TextKind.device, device)
  const throughOf = (device: Uint8Array, through: Uint8Array | undefined): { through?: string } => {
    return through === undefined || equal(through, device) ? {} : { through: keyText(through) }
  }
  return {
    ping: async ({ to, count = defaultCount, intervalMs = defaultIntervalMs, timeoutMs = defaultTimeoutMs }, call) => {
      const { signal, item } = call
      const { device, first } = await reach(context, to, timeoutMs, signal)
      let received = 0
      /** Packets are the better way, where there are any: undefined until that is known. */
      let hasPackets: boolean | undefined = first.through === undefined ? false : undefined
      for (let sequence = 1; sequence <= count; sequence++) {
        if (sequence > 1) await pause(time, intervalMs, signal)
        const packets: PingAnswer | undefined = hasPackets === false ? undefined : await byPackets(sequence)
        hasPackets ??= packets !== undefined
        const answer = packets ?? (hasPackets ? silence(sequence) : await byChannel(sequence))
        if (answer.rttMs !== undefined) received++
        await item(answer)
      }
      const address = formatAddress(addressOf(crypto, 'device', device))
      return { device: keyText(device), address, sent: count, received }

      async function byPackets(sequence: number): Promise<PingAnswer | undefined> {
        const measured = await tunnel.measure(device, timeoutMs)
        if (measured === undefined) return undefined
        const { isDirect, rttUs, to } = measured
        const through = isDirect ? {} : throughOf(device, first.through)
        return { sequence, way: 'packets', rttMs: rttUs / 1_000, direct: isDirect, ...through, to: formatUdp(to) }
      }

      async function byChannel(sequence: number): Promise<PingAnswer> {
        const again = await ask(context, device, maxHops, timeoutMs, signal)
        if (!again.reached) return { sequence, way: 'channel' }
        return { sequence, way: 'channel', rttMs: again.tookMs, ...throughOf(device, again.through) }
      }
    },

    trace: async ({ to, timeoutMs = defaultTimeoutMs }, { signal, item }) => {
      const { device, first } = await reach(context, to, timeoutMs, signal)
      let silent = 0
      for (let hop = 1; hop <= maxHops && silent < maxSilent; hop++) {
        const answers: Timed[] = []
        for (let asked = 0; asked < askedOfHop; asked++) {
          answers.push(await ask(context, device, hop, timeoutMs, signal))
          // Who does not answer once is not waited for again.
          if (isSilent(answers[asked])) break
        }
        const heard = answers.filter((answer) => !isSilent(answer))
        const reached = heard.some((answer) => answer.reached)
        silent = heard.length === 0 ? silent + 1 : 0
        const known = reached ? device : hop === 1 ? first.through : undefined
        const told: TraceHop = {
          hop,
          ...(heard.length === 0 ? {} : { rttMs: Math.min(...heard.map(({ tookMs }) => tookMs)) }),
          ...(known === undefined ? {} : { device: keyText(known) }),
          reached,
        }
        await item(told)
        if (reached) return { device: keyText(device), hops: hop }
      }
      throw new RunnelError('NO_ROUTE', `the way to ${keyText(device)} was lost while it was measured`)
    },
  }
}

const silence = (sequence: number): PingAnswer => ({ sequence, way: 'packets' })

/** The device of a name that answers, and its answer. Throws BAD_NAME, NO_ROUTE, and what asking for a name throws. */
async function reach(
  context: MeasuringContext,
  to: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ readonly device: Uint8Array; readonly first: Extract<Timed, { reached: true }> }> {
  const { crypto, devicesOf, petnames } = context
  const target = targetOf(crypto, to, petnames)
  const devices = 'device' in target ? [target.device] : await devicesOf(target.name, signal, timeoutMs)
  const outcomes: string[] = []
  for (const device of devices) {
    const first = await ask(context, device, maxHops, timeoutMs, signal)
    if (first.reached) return { device, first }
    outcomes.push(first.reason)
  }
  const why = outcomes.join(', ') || 'it has no device'
  throw new RunnelError('NO_ROUTE', `no way to ${to} was found: ${why}`, { details: { outcomes } })
}

/** Asks a device over so many links at most. */
function ask(
  { sessions, time }: MeasuringContext,
  device: Uint8Array,
  hops: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Timed> {
  const startedUs = time.now().nowUs
  const tookMs = (): number => (time.now().nowUs - startedUs) / 1_000
  return oneAnswer<Timed>({
    ...{ time, signal, timeoutMs },
    ask: (answer) => sessions.measure(device, hops, (outcome) => answer({ ...outcome, tookMs: tookMs() })),
    late: () => ({ reached: false, reason: 'Expired', tookMs: tookMs() }),
  })
}

/** Whether a node has said neither that it is the device nor that the hops are over. */
function isSilent(answer: Timed | undefined): boolean {
  return answer === undefined || (!answer.reached && answer.reason !== 'Hops')
}
