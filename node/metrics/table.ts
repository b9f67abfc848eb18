// Every metric: its name, what it says, its labels, and where its values come from. The one place to add one; names are
// kept for good, because dashboards are built on them (docs/reference/metrics.md, frozen.test.ts).

import { dropReasons } from '../../stack/forward/index.js'
import { byteKinds } from '../../stack/link/index.js'
import { packetDropReasons } from '../tunnel/index.js'
import type { HistogramValue } from './histogram.js'
import type { MetricSource } from './source.js'
import type { Family, Series } from './text.js'

export interface MetricRow {
  readonly name: string
  readonly type: Family['type']
  readonly help: string
  readonly labels: readonly string[]
  /** What the values of the labels mean, for the page. */
  readonly about?: string
  readonly read: (source: MetricSource) => readonly Series[] | HistogramValue
}

const neighbourText =
  '`neighbour` is the petname of whose device it is, else the first 8 characters of its key; after 256 neighbours in the life of the node, further ones are `other`.'

const directionsText = '`direction` is `out` or `in`, or `through` for those of others, by their labels.'

export const metrics: readonly MetricRow[] = [
  {
    name: 'runnel_info',
    type: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: ['version', 'native'],
    about: '`native` is `true` where the native addon computes the cryptography.',
    read: ({ version, native }) => [{ labels: [version, String(native)], value: 1 }],
  },
  {
    name: 'runnel_link_bytes_total',
    type: 'counter',
    help: 'Bytes that links carried, by neighbour, direction and what they were for.',
    labels: ['neighbour', 'direction', 'kind'],
    about: `${neighbourText} \`direction\` is \`in\` or \`out\`; \`kind\` is \`interest\`, \`data\`, \`session\` (conversations), or \`control\`: other frames, handshakes, lengths and tags.`,
    read: ({ neighbours }) =>
      neighbours.flatMap(({ label, bytesIn, bytesOut }) => [
        ...byteKinds.map((kind) => ({ labels: [label, 'in', kind], value: bytesIn[kind] })),
        ...byteKinds.map((kind) => ({ labels: [label, 'out', kind], value: bytesOut[kind] })),
      ]),
  },
  {
    name: 'runnel_link_rtt_seconds',
    type: 'gauge',
    help: 'Smoothed round trip time of links that are up.',
    labels: ['neighbour'],
    about: 'There while a link with the neighbour is up; of several the quickest.',
    read: ({ neighbours }) =>
      neighbours.flatMap(({ label, rttUs }) => (rttUs === undefined ? [] : [{ labels: [label], value: rttUs / 1e6 }])),
  },
  {
    name: 'runnel_handshakes_total',
    type: 'counter',
    help: 'Handshakes of links, made and taken, by how they ended.',
    labels: ['result'],
    about: '`ok`, `refused` (no room for it, or not admitted), `replayed`, `failed`.',
    read: ({ handshakes: { ok, refused, replayed, failed } }) => byLabel({ ok, refused, replayed, failed }),
  },
  {
    name: 'runnel_packets_dropped_total',
    type: 'counter',
    help: 'Records, frames and answers that were dropped, by reason.',
    labels: ['reason'],
    about:
      'One series a reason, all of them from the start: what does not parse, what fails a check, what a limit refuses.',
    read: ({ drops }) => dropReasons.map((reason) => ({ labels: [reason], value: drops.get(reason) ?? 0 })),
  },
  {
    name: 'runnel_interests_total',
    type: 'counter',
    help: 'Interests of neighbours and of local programs, by what became of them.',
    labels: ['result'],
    about:
      '`hit`: answered from what is held here. `joined`: a question for the same was under way. `forwarded`: began a question to a neighbour. And of all of them, how those ended that had no answer: `nack`, or `timeout` when their lifetime was over.',
    read: ({ machine: { counters } }) =>
      byLabel({
        hit: counters.hits,
        joined: counters.joined,
        forwarded: counters.forwarded,
        nack: counters.nacked,
        timeout: counters.expired,
      }),
  },
  {
    name: 'runnel_pit_entries',
    type: 'gauge',
    help: 'Questions that somebody waits for now.',
    labels: [],
    read: ({ machine }) => single(machine.questions),
  },
  {
    name: 'runnel_chunks_served_total',
    type: 'counter',
    help: 'Chunks given to whoever waited for them, by where they were; once however many waited.',
    labels: ['source'],
    about:
      '`ram`: not written to the cache yet. `disk`: from the home. `upstream`: it came from a neighbour just then.',
    read: ({ served: { ram, disk }, machine }) => byLabel({ ram, disk, upstream: machine.counters.chunksPassed }),
  },
  {
    name: 'runnel_cache_bytes',
    type: 'gauge',
    help: 'Bytes on disk, by what they are kept for.',
    labels: ['class'],
    about: '`own`: what this node wrote. `kept`: what it keeps for others. `cache`: what it read and forwarded.',
    read: ({ store: { own, kept, cache } }) =>
      byLabel({ own: own.diskBytes, kept: kept.diskBytes, cache: cache.diskBytes }),
  },
  {
    name: 'runnel_verify_failures_total',
    type: 'counter',
    help: 'Answers that failed a check, by the neighbour that sent them.',
    labels: ['neighbour'],
    about: 'As for `runnel_link_bytes_total`. Nothing of them was stored, passed on or shown.',
    read: ({ neighbours }) =>
      neighbours.map(({ label, verifyFailures }) => ({ labels: [label], value: verifyFailures })),
  },
  {
    name: 'runnel_duplicate_upstream_bytes_total',
    type: 'counter',
    help: 'Bytes of chunks that came from a neighbour although they were held already. Should stay near 0.',
    labels: [],
    read: ({ machine }) => single(machine.counters.duplicateBytes),
  },
  {
    name: 'runnel_append_seconds',
    type: 'histogram',
    help: 'How long an append took until it was on disk.',
    labels: [],
    read: ({ histograms }) => histograms.append,
  },
  {
    name: 'runnel_first_byte_seconds',
    type: 'histogram',
    help: 'How long a read of a local program took until its first verified bytes.',
    labels: [],
    read: ({ histograms }) => histograms.firstByte,
  },
  {
    name: 'runnel_fork_proofs_total',
    type: 'counter',
    help: 'Logs of which a fork is proven; it survives restarts.',
    labels: [],
    read: ({ store }) => single(store.forks),
  },
  {
    name: 'runnel_receipts',
    type: 'gauge',
    help: 'Promises of others to keep streams of this node, by how they stand.',
    labels: ['state'],
    about: 'The states of [`receipts`](api.md#receipts): `asked`, `kept`, `refused`, `lost`, `failed`.',
    read: ({ custody: { copies } }) => byLabel(copies),
  },
  {
    name: 'runnel_custody_logs',
    type: 'gauge',
    help: 'Logs of others that this node has promised to keep.',
    labels: [],
    read: ({ custody }) => single(custody.logs),
  },
  {
    name: 'runnel_custody_bytes',
    type: 'gauge',
    help: 'Bytes that this node has promised to keep for others, and how many it may promise.',
    labels: ['class'],
    about: '`promised`, `limit`.',
    read: ({ custody: { promisedBytes: promised, limitBytes: limit } }) => byLabel({ promised, limit }),
  },
  {
    name: 'runnel_custody_refused_total',
    type: 'counter',
    help: 'Offers and challenges of others that were refused, by reason.',
    labels: ['reason'],
    about: 'The reasons of REFUSED (protocol §19).',
    read: ({ custody: { refused } }) => byLabel(refused),
  },
  {
    name: 'runnel_inboxes',
    type: 'gauge',
    help: 'Inboxes of others that are kept here.',
    labels: [],
    read: ({ inboxes }) => single(inboxes.count),
  },
  {
    name: 'runnel_inbox_bytes',
    type: 'gauge',
    help: 'Bytes of envelopes that wait here for others.',
    labels: [],
    read: ({ inboxes }) => single(inboxes.bytes),
  },
  {
    name: 'runnel_inbox_envelopes_total',
    type: 'counter',
    help: 'Envelopes and questions about inboxes that came here, by what became of them.',
    labels: ['result'],
    about:
      '`delivered`, `collected`, `displaced`, `expired`, `registered`, and the reasons of REFUSED (protocol §20.4).',
    read: ({ inboxes }) => byLabel(inboxes.envelopes),
  },
  {
    name: 'runnel_letters_waiting',
    type: 'gauge',
    help: 'Letters of this node that were not acknowledged by a program.',
    labels: [],
    read: ({ inboxes }) => single(inboxes.waiting),
  },
  {
    name: 'runnel_letters_refused_total',
    type: 'counter',
    help: 'Envelopes that this node collected and does not show, by reason.',
    labels: ['reason'],
    about: 'The reasons of decoding (protocol §14), `blocked`, and `twice` for a letter that came before.',
    read: ({ inboxes }) => byLabel(Object.fromEntries(inboxes.notShown)),
  },
  {
    name: 'runnel_letters_dropped_total',
    type: 'counter',
    help: 'Letters that a custodian has signed for and does not have.',
    labels: [],
    read: ({ inboxes }) => single(inboxes.dropped),
  },
  {
    name: 'runnel_sessions',
    type: 'gauge',
    help: 'Conversations with services of devices that begin or end here, by how they stand.',
    labels: ['state'],
    about:
      '`open`: on a channel. `resuming`: its channel has ended, and another is looked for. `opening`: whoever began it has not spoken yet.',
    read: ({ sessions: { state } }) => byLabel({ open: state.open, resuming: state.resuming, opening: state.opening }),
  },
  {
    name: 'runnel_sessions_total',
    type: 'counter',
    help: 'Conversations that were begun, and calls for one, by what became of them.',
    labels: ['result'],
    about:
      '`dialled`: from here. `accepted`: by others. `refused`: no such service, not for them, or no room. `bad`: no call that could be read. `replayed`: not the first time that it came. `lost`: ended because no way was found in time.',
    read: ({ sessions: { counters } }) => {
      const { dialled, accepted, refused, badCalls, replayed, lost } = counters
      return byLabel({ dialled, accepted, refused, bad: badCalls, replayed, lost })
    },
  },
  {
    name: 'runnel_session_resumes_total',
    type: 'counter',
    help: 'How often a conversation went on over another channel than before.',
    labels: [],
    read: ({ sessions: { counters } }) => single(counters.resumed),
  },
  {
    name: 'runnel_session_buffer_bytes',
    type: 'gauge',
    help: 'Bytes that conversations hold: not acknowledged by the other side, or not taken by the program.',
    labels: [],
    read: ({ sessions: { state } }) => single(state.bufferedBytes),
  },
  {
    name: 'runnel_channels',
    type: 'gauge',
    help: 'Channels of conversations that begin here, end here or go through.',
    labels: [],
    read: ({ machine }) => single(machine.channels.open),
  },
  {
    name: 'runnel_channels_total',
    type: 'counter',
    help: 'Channels that somebody asked for, by what became of them.',
    labels: ['result'],
    about:
      '`opened`: taken. `accepted`: of these, those that came through. `refused`: by a quota. `bad`, `busy`, `expired`: closed because a neighbour did not keep to the rules, because all together held too much, because nothing came.',
    read: ({ machine: { channels } }) => {
      const { opened, accepted, refused, closedBad, closedBusy, closedExpired } = channels.counters
      return byLabel({ opened, accepted, refused, bad: closedBad, busy: closedBusy, expired: closedExpired })
    },
  },
  {
    name: 'runnel_channel_labels',
    type: 'gauge',
    help: 'Labels by which datagrams of channels that go through here are sent on.',
    labels: [],
    read: ({ machine }) => single(machine.channels.labels),
  },
  {
    name: 'runnel_channel_buffer_bytes',
    type: 'gauge',
    help: 'Bytes of conversations that wait for links.',
    labels: [],
    read: ({ machine }) => single(machine.channels.bufferedBytes),
  },
  {
    name: 'runnel_tun_up',
    type: 'gauge',
    help: 'Whether there is a network interface: 1 or 0.',
    labels: [],
    read: ({ packets }) => single(packets.isUp ? 1 : 0),
  },
  {
    name: 'runnel_tun_packets_total',
    type: 'counter',
    help: 'Packets that were sealed for peers, that opened, and that were sent on for others.',
    labels: ['direction'],
    about: `${directionsText} 0 where no packets are carried.`,
    read: ({ packets: { counters } }) => byDirection(counters, ''),
  },
  {
    name: 'runnel_tun_bytes_total',
    type: 'counter',
    help: 'Bytes of these packets, without what they are carried in.',
    labels: ['direction'],
    about: `${directionsText} What goes through is counted as it is carried, sealed.`,
    read: ({ packets: { counters } }) => byDirection(counters, '-bytes'),
  },
  {
    name: 'runnel_tun_dropped_total',
    type: 'counter',
    help: 'Packets that were dropped, by reason.',
    labels: ['reason'],
    about:
      "One series a reason, all from the start. What a program of this machine sent and nobody may get: `truncated`, `not-ipv6`, `extension-headers`, `routing-header`, `virtio-header`, `source` and `destination` (not our own, not the peer's), `scope`, `icmp`, `hop-limit`, `fragment`, `fragment-overlap`. By a decision: `denied`, `undecided` (waited in vain), `no-session`, `too-big`. For want of room: `queue` (too much waits), `queue-full`. What came by UDP: `stranger`, `seal`, `replay`, `neighbour`, `congestion`, `kind`. By the machine: `interface`, `socket`, `events`.",
    read: ({ packets: { counters } }) =>
      packetDropReasons.map((reason) => ({ labels: [reason], value: counters.get(reason) ?? 0 })),
  },
  {
    name: 'runnel_tun_misses_total',
    type: 'counter',
    help: 'Packets that began a flow about which nothing was decided yet.',
    labels: [],
    read: ({ packets: { counters } }) => single(counters.get('misses') ?? 0),
  },
  {
    name: 'runnel_tun_flows',
    type: 'gauge',
    help: 'Flows that are remembered, by what was decided about them.',
    labels: ['state'],
    about:
      '`pass`; `waiting` for keys or a way; `denied`: others began them, and no rule lets them in; `unreachable`: nobody is known there, or has no way now.',
    read: ({ packets: { flows } }) => byLabel({ ...flows }),
  },
  {
    name: 'runnel_tun_peers',
    type: 'gauge',
    help: 'Devices that packets are exchanged with, by the way that these go.',
    labels: ['path'],
    about: '`direct`; `relayed` by routers; `none`: there is no way, or none is needed now.',
    read: ({ packets: { peers } }) => byLabel({ ...peers }),
  },
  {
    name: 'runnel_event_loop_delay_seconds',
    type: 'histogram',
    help: 'How late timers were, looked at ten times a second.',
    labels: [],
    about: 'An embedded node without a socket does not look.',
    read: ({ histograms }) => histograms.loopDelay,
  },
  {
    name: 'runnel_health_warnings',
    type: 'gauge',
    help: 'Warnings that hold now, as `runnel status` shows them, by code.',
    labels: ['code'],
    about: 'One series a code, 0 where there is nothing to warn of.',
    read: ({ warnings }) => [...warnings].map(([code, value]) => ({ labels: [code], value })),
  },
  {
    name: 'runnel_dns_answers_total',
    type: 'counter',
    help: 'Questions over DNS, by the code of the answer.',
    labels: ['code'],
    about:
      'Codes as RFC 1035 has them, in lower case; `dropped`: what was no question, or one too many in a second, and got no answer. One series a code, from the start; none where no DNS is served.',
    read: ({ answers: { dns } }) => [...dns].map(([code, value]) => ({ labels: [code], value })),
  },
  {
    name: 'runnel_http_requests_total',
    type: 'counter',
    help: 'Requests of browsers and other programs over HTTP, by the status of the answer.',
    labels: ['status'],
    about: 'One series a status that can be, from the start; none where no HTTP is served.',
    read: ({ answers: { http } }) => [...http].map(([status, value]) => ({ labels: [status], value })),
  },
  {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory of the process.',
    labels: [],
    read: ({ process }) => single(process.residentBytes),
  },
  {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'Processor time of the process, user and system.',
    labels: [],
    read: ({ process }) => single(process.cpuSeconds),
  },
  {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'When the node started, in seconds since 1970. Counters begin at 0 then.',
    labels: [],
    read: ({ process }) => single(process.startSeconds),
  },
]

/** Every metric with its values now. */
export function familiesOf(source: MetricSource): Family[] {
  return metrics.map(({ name, type, help, labels, read }) => ({ name, type, help, labels, values: read(source) }))
}

function single(value: number): Series[] {
  return [{ labels: [], value }]
}

function byLabel(values: Readonly<Record<string, number>>): Series[] {
  return Object.entries(values).map(([label, value]) => ({ labels: [label], value }))
}

function byDirection(counters: ReadonlyMap<string, number>, suffix: string): Series[] {
  const count = (what: string): number => counters.get(`${what}${suffix}`) ?? 0
  return byLabel({ out: count('sealed'), in: count('opened'), through: count('switched') })
}
