// The metrics of a node as one text: everything that it counts, gathered at this moment.

import type { CustodyState } from '../../api/protocol/index.js'
import { decodeUtf8, KeyMap } from '../../stack/bytes/index.js'
import { refusalReasons } from '../../stack/custody/index.js'
import { custodianCounters } from '../../stack/inbox/index.js'
import { decodeText, encodeText, TextKind } from '../../stack/name/index.js'
import { addDrops, familiesOf, formatFamilies, type MetricSource } from '../metrics/index.js'
import { maxPetnames } from '../metrics/limits.js'
import type { ObservingContext } from './context.js'
import { custodyOf } from './keeping.js'
import { warningCodes, warningsOf } from './warnings.js'
import { petnamePrefix } from './writing.js'

/** In the text format of Prometheus. */
export function metricsOf(context: ObservingContext): string {
  return formatFamilies(familiesOf(sourceOf(context)))
}

function sourceOf(context: ObservingContext): MetricSource {
  const { crypto, store, hub, carrier, content, measures } = context
  const machine = hub.machine.status()
  const links = [...carrier.links.values()].map(({ device, connection }) => {
    return { device, counters: connection.link.counters }
  })
  const drops = measures.linkDrops(links.map(({ counters }) => counters))
  addDrops(drops, machine.counters.drops)
  const warnings = new Map<string, number>(warningCodes.map((code) => [code, 0]))
  for (const { code } of warningsOf(context)) warnings.set(code, (warnings.get(code) ?? 0) + 1)
  const { user, system } = process.cpuUsage()
  return {
    version: context.version,
    native: crypto.provider === 'native',
    machine,
    store: store.stats(),
    served: content.served,
    neighbours: measures.neighbours.values(links, {
      text: (device) => encodeText(crypto, TextKind.device, device),
      petname: petnamesOfDevices(context),
    }),
    handshakes: carrier.handshakes,
    drops,
    histograms: measures.histograms(),
    custody: custodySource(context),
    inboxes: inboxSource(context),
    sessions: context.sessions,
    warnings,
    answers: { http: context.servers.answers('http'), dns: context.servers.answers('dns') },
    packets: context.tunnel.measured,
    process: {
      residentBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      startSeconds: context.startedMs / 1e3,
    },
  }
}

function inboxSource({ mail }: ObservingContext): MetricSource['inboxes'] {
  const { machine } = mail.service
  const envelopes: Record<string, number> = {}
  for (const what of custodianCounters) envelopes[what] = machine.counters.get(what) ?? 0
  const { letters, refused } = mail.inbox
  return {
    count: machine.boxes.length,
    bytes: machine.boxes.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
    envelopes,
    waiting: letters.waiting,
    notShown: refused,
    dropped: mail.inbox.keepers().reduce((sum, { dropped }) => sum + dropped, 0),
  }
}

function custodySource({ crypto, custody, streams }: ObservingContext): MetricSource['custody'] {
  const copies: Record<CustodyState['state'], number> = { asked: 0, kept: 0, refused: 0, lost: 0, failed: 0 }
  for (const stream of streams.list()) for (const { state } of custodyOf(crypto, custody, stream)) copies[state] += 1
  const { ledger, refusals } = custody.custodian
  const refused: Record<string, number> = {}
  for (const reason of refusalReasons) refused[reason] = refusals.get(reason) ?? 0
  return { copies, logs: ledger.size, promisedBytes: ledger.bytes, limitBytes: ledger.policy.totalBytes, refused }
}

/** The petname of the name whose certificate lists a device, as far as these names are known here. */
function petnamesOfDevices({ crypto, store, content, randomBytes }: ObservingContext) {
  const petnames = new KeyMap<string>(randomBytes(8))
  for (const { key, bytes } of store.values(petnamePrefix).slice(0, maxPetnames)) {
    const name = decodeText(crypto, decodeUtf8(bytes) ?? '')
    if (typeof name === 'string') continue
    for (const device of content.findName(name.bytes)?.state.certificate.devices ?? []) {
      petnames.set(device, key.slice(petnamePrefix.length))
    }
  }
  return (device: Uint8Array): string | undefined => petnames.get(device)
}
