// What `status` warns of, and metrics count: each warning with a code that keeps its meaning.

import type { Warning } from '../../api/protocol/index.js'
import { MAX_CLOCK_AHEAD_MS } from '../../stack/name/index.js'
import { formatHostPort, skewMs } from '../carrier/index.js'
import { lostHint, type OwnStreams } from '../publisher/index.js'
import type { ObservingContext } from './context.js'
import { custodyOf } from './keeping.js'

/** Every code; a code, once released, keeps its meaning. */
export const warningCodes = [
  'RUNNEL-W-CACHE',
  'RUNNEL-W-CLOCK',
  'RUNNEL-W-CLOSED',
  'RUNNEL-W-CUSTODIAN',
  'RUNNEL-W-DAMAGED',
  'RUNNEL-W-FORK',
  'RUNNEL-W-PORTABLE',
  'RUNNEL-W-SERVER',
  'RUNNEL-W-TUN',
  'RUNNEL-W-UNKEPT',
  'RUNNEL-W-UNLISTED',
  'RUNNEL-W-UPSTREAM',
] as const

type CodedWarning = Warning & { readonly code: (typeof warningCodes)[number] }

/** What is not as it should be now, the same code for each time that it is so. */
export function warningsOf(context: ObservingContext): CodedWarning[] {
  const { carrier, chosen, store, streams, time, isListed, servers, tunnel } = context
  const warnings: CodedWarning[] = []
  if (chosen.missing !== undefined) {
    warnings.push({
      code: 'RUNNEL-W-PORTABLE',
      text: 'the native addon is not there, so hashing and sealing take several times as long',
      hint: 'See with `runnel doctor` what was tried. Everything else is the same.',
    })
  }
  for (const { neighbour, state, lastError } of carrier.upstreams) {
    if (state === 'up') continue
    warnings.push({
      code: 'RUNNEL-W-UPSTREAM',
      text: `the upstream ${formatHostPort(neighbour)} is not up${lastError ? `: ${lastError.text}` : ''}`,
      hint: 'What is not here already cannot be fetched through it. Check that it runs and that its key is right.',
    })
  }
  for (const link of carrier.links.values()) {
    const skew = skewMs(link, time.now())
    if (Math.abs(skew) <= MAX_CLOCK_AHEAD_MS) continue
    const seconds = Math.round(Math.abs(skew) / 1000)
    warnings.push({
      code: 'RUNNEL-W-CLOCK',
      text: `the clock of ${link.address} is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} ours, by what it said when it linked`,
      hint: 'Whichever is behind refuses what the other signs. Set the wrong one by NTP.',
    })
  }
  if (!isListed()) {
    warnings.push({
      code: 'RUNNEL-W-UNLISTED',
      text: 'the certificate of this name does not list this device: nobody finds what it writes',
      hint: 'It was struck, or a certificate of a higher rung or with other devices counts. Start with a new home.',
    })
  }
  const damagedOwn = store.damage.filter(({ place }) => place === 'own').length
  if (damagedOwn > 0) {
    warnings.push({
      code: 'RUNNEL-W-DAMAGED',
      text: `${damagedOwn} places of this node's own streams are damaged on disk; nothing of them is served`,
      hint: 'See with `runnel doctor` what is missing, and publish it again: it is written anew. Then look at the disk.',
    })
  }
  for (const { text, hint } of closedStreams(streams)) warnings.push({ code: 'RUNNEL-W-CLOSED', text, hint })
  if (store.stats().cache.writeFailures > 0) {
    warnings.push({
      code: 'RUNNEL-W-CACHE',
      text: 'the cache cannot be written; what passes is still served, but not kept',
      hint: 'Free some space or see whether the home is writable, then restart the node.',
    })
  }
  for (const { server, problems } of servers.list()) {
    for (const text of problems) {
      warnings.push({
        code: 'RUNNEL-W-SERVER',
        text: `${server}: ${text}`,
        hint: `Everything else works. Give it another address with \`--${server} ADDR:PORT\`, or \`--${server} off\`.`,
      })
    }
  }
  const { state, problem, hint } = tunnel.status
  if (problem !== undefined && hint !== undefined) {
    const text = state === 'up' ? problem : `no network interface: ${problem}`
    warnings.push({ code: 'RUNNEL-W-TUN', text, hint })
  }
  const forked = streams.list().filter(({ key }) => store.fork(key) !== undefined)
  for (const { label } of forked) {
    warnings.push({
      code: 'RUNNEL-W-FORK',
      text: `${label} was forked: two states of it were signed that contradict each other`,
      hint: 'A copy of this home has written it too. Stop one of the two and publish under another label.',
    })
  }
  return [...warnings, ...custodyWarnings(context)]
}

/** Streams that are to be kept by others and are not, and custodians that have broken their word. */
function custodyWarnings({ crypto, custody, streams }: ObservingContext): CodedWarning[] {
  const warnings: CodedWarning[] = []
  for (const stream of streams.list()) {
    const duty = custody.duties.find(stream.key)
    if (duty === undefined || duty.ended) continue
    const states = custodyOf(crypto, custody, stream)
    for (const { custodian } of states.filter(({ state }) => state === 'failed')) {
      warnings.push({
        code: 'RUNNEL-W-CUSTODIAN',
        text: `${custodian} has promised to keep ${stream.label}, and does not have it`,
        hint: 'Another custodian is asked where there is one: give one with --custodian KEY.',
      })
    }
    // Who has not answered yet may still say yes.
    if (states.some(({ state, problem }) => state === 'kept' || problem === undefined)) continue
    const why = states.map(({ custodian, problem }) => `${custodian.slice(0, 8)}…: ${problem}`).join('; ')
    warnings.push({
      code: 'RUNNEL-W-UNKEPT',
      text: `${stream.label} is to be kept by others, and nobody has promised it${why === '' ? '' : ` (${why})`}`,
      hint: 'The node goes on asking. Give a custodian with --custodian KEY, or ask the operator of an upstream for --custody.',
    })
  }
  return warnings
}

/** Streams that take nothing more, and what to do. */
function closedStreams(streams: OwnStreams): { text: string; hint: string }[] {
  const lost = [...streams.lost].map(([label, what]) => ({ text: `${label} ${what}`, hint: lostHint }))
  const failed = streams.list().flatMap(({ log: { failure } }) => failure ?? [])
  return [...lost, ...failed.map(({ message, hint }) => ({ text: message, hint }))]
}
