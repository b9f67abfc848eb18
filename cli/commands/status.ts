// `runnel status`: what the node does and whether all is well.

import type { Status } from '../../api/index.js'
import type { Invocation } from '../command.js'
import { withNode } from '../open.js'
import { bytesText, clean, columns, counted, secondsText } from '../text.js'
import { ruleText } from './allow.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output } = invocation
  const status = await withNode(invocation, (node) => node.status())
  if (output.json) return output.record(status)
  for (const line of columns(rowsOf(status))) output.line(line)
  for (const { code, text, hint } of status.warnings) {
    output.line(`warning: ${clean(code)}: ${clean(text)}`)
    output.line(`hint: ${clean(hint)}`)
  }
}

function rowsOf(status: Status): string[][] {
  const { neighbours, cache, own, kept, conversations } = status
  const asked = cache.hits === 0 ? '' : `, ${counted(cache.hits, 'hit')}`
  return [
    ['name', status.name],
    ['device', status.device],
    ['address', status.address],
    [
      'up',
      `${secondsText(status.uptimeS)} (process ${status.pid}, version ${clean(status.version)}, ${clean(status.provider)})`,
    ],
    ['listening', status.listening.length === 0 ? 'on no address' : status.listening.map(clean).join(', ')],
    ['neighbours', `${neighbours.up} up, ${neighbours.configured} configured${rankText(status)}`],
    ['own', `${counted(own.streams, 'stream')}, ${bytesText(own.bytes)}`],
    ...(kept.chunks === 0 ? [] : [['kept', bytesText(kept.bytes)]]),
    ...(kept.promised.limitBytes === 0 ? [] : [['promised', promisedText(kept.promised)]]),
    ...inboxRows(status),
    ...(isQuiet(conversations) ? [] : [['conversations', conversationsText(conversations)]]),
    ['cache', `${bytesText(cache.bytes)} of ${bytesText(cache.limitBytes)}${asked}`],
    ['memory', bytesText(status.residentBytes)],
    ...(status.tun.state === 'off' ? [] : [['tun', tunText(status.tun)]]),
    ...(status.tun.dropped === undefined ? [] : [['dropped', droppedText(status.tun.dropped)]]),
    ...status.rules.map((rule) => ['rule', ruleText(rule)]),
    ...status.servers.map(({ server, listening }) => [
      server,
      listening.length === 0 ? 'on no address' : listening.map(clean).join(', '),
    ]),
    ...(status.metricsSocket === undefined ? [] : [['metrics', clean(status.metricsSocket)]]),
  ]
}

function tunText({ state, interface: name, mtuBytes, ports, unknown }: Status['tun']): string {
  const udp = ports.length === 0 ? 'no UDP port' : `UDP port ${ports.join(' and ')}`
  if (state === 'labels') return `no interface, packets of others are sent on; ${udp}`
  if (state === 'down') return `there is no interface; ${udp}`
  const lately = unknown.slice(0, 3).map(({ address }) => clean(address))
  const nobody = lately.length === 0 ? '' : `; nobody is known at ${lately.join(', ')}`
  return `${clean(name ?? '')}, packets of up to ${mtuBytes} bytes, ${udp}${nobody}`
}

/** Packets by reason, the most first. */
function droppedText(dropped: Readonly<Record<string, number>>): string {
  const rows = Object.entries(dropped).sort(([, a], [, b]) => b - a)
  return `packets: ${rows.map(([reason, count]) => `${clean(reason)} ${count}`).join(', ')}`
}

function promisedText({ logs, bytes, limitBytes }: Status['kept']['promised']): string {
  return `${counted(logs, 'log')} of others, ${bytesText(bytes)} of ${bytesText(limitBytes)}`
}

function isQuiet({ open, resuming, opening }: Status['conversations']): boolean {
  return open + resuming + opening === 0
}

function conversationsText({ open, resuming, opening, bufferedBytes }: Status['conversations']): string {
  const looking = resuming === 0 ? '' : `, ${resuming} looking for a way`
  const beginning = opening === 0 ? '' : `, ${opening} beginning`
  return `${open}${looking}${beginning}${bufferedBytes === 0 ? '' : `; they hold ${bytesText(bufferedBytes)}`}`
}

/** Who keeps our inbox, what waits in it, and who has not kept its word. */
function inboxRows({ inbox }: Status): string[][] {
  const keepers = inbox.keptBy.filter(({ untilMs }) => untilMs > 0)
  const waiting = inbox.waiting === 0 ? '' : `; ${counted(inbox.waiting, 'letter')} to be read`
  const dropped = inbox.keptBy.filter(({ dropped }) => dropped > 0)
  return [
    ...(inbox.keptBy.length === 0
      ? []
      : [['inbox', `kept by ${keepers.map(({ custodian }) => custodian).join(', ') || 'nobody'}${waiting}`]]),
    ...dropped.map(({ custodian, dropped }) => [
      'warning',
      `${custodian} has signed for ${counted(dropped, 'letter')} that it does not have`,
    ]),
    ...(inbox.keeps.inboxes === 0
      ? []
      : [['keeps', `${counted(inbox.keeps.inboxes, 'inbox', 'inboxes')}, ${bytesText(inbox.keeps.bytes)}`]]),
  ]
}

function rankText({ root, rank }: Status): string {
  if (root) return '; this node is a root'
  // Without an upstream a node is the top of what it can reach.
  return rank === 0 ? '' : `; ${counted(rank, 'hop')} from a root`
}
