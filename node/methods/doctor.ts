// What is wrong with a node, and what to do about it: disk, store, upstreams, clocks.

import { statfs } from 'node:fs/promises'
import type { Check } from '../../api/protocol/index.js'
import { wantedCopies } from '../../stack/custody/index.js'
import { formatHostPort, skewMs } from '../carrier/index.js'
import { type ChosenCrypto, describeMissing, portableHint } from '../choose-crypto.js'
import { dayText } from '../day.js'
import { countMissing } from '../publisher/index.js'
import type { Damage } from '../store/index.js'
import type { ObservingContext } from './context.js'
import { custodyOf } from './keeping.js'

/** A neighbour's clock further away than this makes heads look younger or older than they are. */
const clockSkewWarnMs = 60_000
const freeBytesWarn = 512 * 1024 * 1024

/** Of what may be promised to others: more than this is nearly all. */
const fullShare = 0.9

/** Reads everything on disk, so that damage is found before somebody asks for what it hit. */
export async function examine(context: ObservingContext, signal: AbortSignal): Promise<Check[]> {
  const { store, carrier, identity } = context
  const checks: Check[] = []
  const say = (check: string, level: Check['level'], text: string, fix?: string): void => {
    checks.push({ check, level, text, ...(fix === undefined ? {} : { fix }) })
  }
  const { text, missing } = providerOf(context.chosen)
  if (missing) say('provider', 'warn', text, portableHint)
  else say('provider', 'ok', text)
  const { bavail, bsize } = await statfs(identity.home)
  const freeBytes = bavail * bsize
  const free = `${(freeBytes / 1e9).toFixed(1)} GB free for ${identity.home}`
  if (freeBytes < freeBytesWarn) say('disk', 'warn', free, 'Free some space, or start with a smaller --cache.')
  else say('disk', 'ok', free)
  await store.scrub(signal)
  const { flushMedianMs, damaged, own, kept } = store.stats()
  if (own.closed || kept.closed)
    say('store', 'fail', 'a flush has failed; nothing more is written', 'See the disk, then restart the node.')
  else if (damaged > 0)
    say(
      'store',
      'warn',
      `${damaged} places on disk did not verify, and none was served: ${placesOf(store.damage)}`,
      'Look at the disk; what can be fetched is fetched again.',
    )
  else say('store', 'ok', 'everything on disk verifies')
  for (const { label, log } of context.streams.list()) {
    const missing = await countMissing(store, context.time, context.randomBytes(8), log.held, signal)
    if (missing === 0) continue
    const text = `${label} lacks ${missing} chunks, which damage took`
    say('own', 'fail', text, 'Publish what it holds again: what is missing is written anew.')
  }
  for (const { level, text, fix } of custodyChecks(context)) say('custody', level, text, fix)
  const socket = context.metricsSocket()
  if (socket !== undefined) say('metrics', 'ok', `served on ${socket}, and printed by \`runnel metrics\``)
  else say('metrics', 'ok', 'printed by `runnel metrics`; no socket serves them')
  if (flushMedianMs !== undefined) say('flush', 'ok', `a flush to disk takes ${flushMedianMs.toFixed(2)} ms`)
  for (const { neighbour, state, lastError } of carrier.upstreams) {
    const where = formatHostPort(neighbour)
    if (state === 'up') say('upstream', 'ok', `${where} is up`)
    else
      say(
        'upstream',
        'fail',
        `${where} is ${state}: ${lastError?.text ?? 'no answer yet'}`,
        'Check that it runs, that its port is open and that its key is right.',
      )
  }
  if (carrier.upstreams.length === 0 && !context.root && carrier.links.size === 0) {
    say('upstream', 'warn', 'no neighbour: only what is here can be read', 'Start with --upstream KEY@ADDR:PORT.')
  }
  for (const link of carrier.links.values()) {
    const skew = skewMs(link, context.time.now())
    const { address } = link
    if (Math.abs(skew) < clockSkewWarnMs) continue
    const seconds = Math.round(skew / 1000)
    say(
      'clock',
      'warn',
      `the clock of ${address} differs from ours by ${seconds} s`,
      'Set the clock by NTP on whichever is wrong.',
    )
  }
  return [...checks, ...context.tunnel.examine(), ...(await context.servers.examine())]
}

/** Who keeps what this node publishes, and what this node keeps for others. */
function custodyChecks({ crypto, custody, streams, time }: ObservingContext): Omit<Check, 'check'>[] {
  const checks: Omit<Check, 'check'>[] = []
  for (const stream of streams.list()) {
    const duty = custody.duties.find(stream.key)
    if (duty === undefined || duty.ended) continue
    const kept = custodyOf(crypto, custody, stream).filter(({ state }) => state === 'kept')
    const until = Math.min(...kept.map(({ untilMs = time.now().nowMs }) => untilMs))
    const text = `${stream.label} is kept by ${kept.length} of ${wantedCopies} custodians`
    if (kept.length === 0)
      checks.push({ level: 'warn', text, fix: 'See with `runnel streams` who was asked, and why not.' })
    else
      checks.push({
        level: 'ok',
        text: `${text}, until ${dayText(until)} and renewed before`,
      })
  }
  const { size, bytes, policy } = custody.custodian.ledger
  if (policy.totalBytes === 0 && size === 0) return checks
  const text = `${size} logs of others are promised, ${bytes} of ${policy.totalBytes} bytes`
  if (bytes > fullShare * policy.totalBytes)
    checks.push({ level: 'warn', text, fix: 'Further offers are refused: start with a larger --custody.' })
  else checks.push({ level: 'ok', text })
  return checks
}

/** What computes the cryptography, and why. */
function providerOf({ crypto, file, missing }: ChosenCrypto): { text: string; missing: boolean } {
  const by = `cryptography by the provider ${crypto.provider}`
  if (missing !== undefined)
    return { text: `${by}, because there is no addon: ${describeMissing(missing)}`, missing: true }
  return { text: file === undefined ? `${by}, as it was asked for` : `${by} (${file})`, missing: false }
}

/** Where on disk, as far as a line goes. */
function placesOf(damage: readonly Damage[]): string {
  const named = damage.slice(0, 3).map(({ place, segment, offset, bytes }) => {
    return `${place}/${String(segment).padStart(8, '0')}.seg at ${offset} (${bytes} bytes)`
  })
  return [...named, ...(damage.length > named.length ? [`${damage.length - named.length} more`] : [])].join(', ')
}
