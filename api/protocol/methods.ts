/**
 * What a client may ask of a node: each method with its parameters, its items, its progress and its result. Client and
 * node are compiled against this one table; `docs/reference/api.md` is its prose.
 * Bytes are `Uint8Array`, times milliseconds since 1970 unless the name says another unit.
 */

import type { ErrorRecord } from '../../errors/index.js'
import type { KeyAddress } from './addresses.js'
import type { ConversationItem, ConversationPeer, ConversationState, ConversationTotal } from './conversation.js'
import type { FileReference, FoundItem } from './finding.js'
import type { GroupMember, TrafficRule } from './firewall.js'
import type { Freshness } from './freshness.js'
import type { InboxLetter, InboxStatus, SentLetter } from './inbox.js'
import type { CustodyState, Pin } from './keeping.js'
import type { PingAnswer, PingTotal, TraceHop } from './measuring.js'
import type { ServerStatus } from './servers.js'
import type { TunStatus } from './tun.js'

export type Visibility = 'public' | 'unlisted'

/** Where bytes came from: `hop` 0 is this node; `cached` is false only when the writer's own node answered. */
export interface SourceShare {
  hop: number
  cached: boolean
  bytes: number
}

/** What a reader may say of every read. `maxAgeS` is the oldest head that it accepts (default 1), `refuseStale` turns an older one into an error. */
export interface ReadOptions {
  maxAgeS?: number
  refuseStale?: boolean
  /** Milliseconds without any progress after which the call fails; default 30,000. */
  idleTimeoutMs?: number
}

export interface Identity {
  name: string
  device: string
  address: string
  home: string
  petname?: string
}

export interface Warning {
  code: string
  text: string
  hint: string
}

export interface Status extends Identity {
  version: string
  provider: string
  pid: number
  uptimeS: number
  root: boolean
  rank: number
  listening: string[]
  neighbours: { up: number; configured: number }
  cache: { bytes: number; limitBytes: number; chunks: number; hits: number; evictions: number }
  own: { bytes: number; chunks: number; streams: number }
  /** `promised` to others, by `--custody`. */
  kept: { bytes: number; chunks: number; promised: { logs: number; bytes: number; limitBytes: number } }
  inbox: InboxStatus
  conversations: ConversationState
  residentBytes: number
  counters: Record<string, number>
  /** The path of the Unix socket that serves metrics, if one does. */
  metricsSocket?: string
  servers: ServerStatus[]
  tun: TunStatus
  /** What may come in by packets; those that deny first. */
  rules: TrafficRule[]
  warnings: Warning[]
}

export interface Peer {
  device: string
  address: string
  direction: 'out' | 'in'
  upstream: boolean
  state: 'up' | 'connecting' | 'waiting'
  sinceMs: number
  rank?: number
  rttMs?: number
  /** Where its datagrams come from and ours go to, `HOST:PORT`, once it has proven that. */
  udp?: string
  bytesIn: number
  bytesOut: number
  routes: number
  blame: number
  lastError?: { text: string; atMs: number }
  nextTryMs?: number
}

export interface StreamSummary {
  label: string
  link: string
  log: string
  visibility: Visibility
  kind: 'site' | 'log' | 'empty'
  entries: number
  bytes: number
  headTimeMs: number
  forked: boolean
  /** Who keeps it for how long; empty where nobody was asked. */
  custody: CustodyState[]
}

export interface Check {
  check: string
  level: 'ok' | 'warn' | 'fail'
  text: string
  fix?: string
}

/** What `probe` looks at, in this order; it ends behind the first that fails. */
export const probeStages = ['name', 'route', 'link', 'head', 'chunk', 'goodput'] as const

/** Where something was had from: hop 0 is this node, and `cached` is false only where the writer's own node answered. */
export interface ProbeSource {
  hop: number
  cached: boolean
}

export interface ProbeLog extends ProbeSource {
  log: string
  device?: string
  /** This node writes it. */
  own: boolean
  length: number
  bytes: number
  timeMs: number
  ageS: number
  stale: boolean
  closed: boolean
  forked: boolean
}

/** One stage of a probe. What was measured stands under the name of the stage, as far as it came. */
export interface ProbeStage {
  stage: (typeof probeStages)[number]
  /** `warn`: it works, and not as it should; `error` then says what is not right, and the next stage follows. */
  level: 'ok' | 'warn' | 'fail'
  tookMs: number
  name?: { target: 'name' | 'log'; key: string; label?: string; visibility: Visibility; own: boolean }
  route?: { own: boolean; announced: { neighbour: string; cost: number; proven: boolean }[]; upstreams: number }
  link?: {
    neighbours: {
      device: string
      address: string
      upstream: boolean
      announced: boolean
      state: Peer['state']
      rttMs?: number
      lastError?: { text: string; atMs: number }
      nextTryMs?: number
    }[]
  }
  head?: { certificate?: ProbeSource & { ageS: number; stale: boolean }; logs: ProbeLog[] }
  /** The first one that another node served; when none did, the first one that was here. */
  chunk?: ProbeSource & { bytes: number; verified: true }
  /** `whole`: all of it was read. `bytes` and `bytesPerS` are of what came from others, or where nothing did of what is here. */
  goodput?: { bytes: number; bytesPerS: number; whole: boolean; sources: SourceShare[] }
  error?: ErrorRecord
}

export interface FolderItem {
  name: string
  kind: 'file' | 'directory' | 'symlink'
  mode: number
  bytes: number
  target?: string
}

export interface LogEntry {
  sequence: number
  log: string
  timeMs: number
  /** Bytes of the entry, of the file that it refers to when `long`. */
  length: number
  /** The entry itself; empty when it is `long` (read it by `readEntry`). */
  bytes: Uint8Array
  long: boolean
  /** What a folder's or file's publishing changed, when the entry is one. */
  site?: { files: number; bytes: number; added: number; changed: number; removed: number; name: string }
}

export interface OpenedStream {
  link: string
  name?: string
  label?: string
  visibility: Visibility
  logs: { log: string; device?: string; length: number; bytes: number; closed: boolean; forked: boolean }[]
  length: number
  bytes: number
  kind: 'site' | 'log' | 'empty'
  head: Freshness
  source: { hop: number; cached: boolean }
}

export interface ReadResult {
  bytes: number
  verified: true
  stale: boolean
  head: Freshness
  sources: SourceShare[]
}

/** How a live read stands: 'live' while somebody keeps it up to date, 'waiting' while nobody can be asked; and since when. */
export interface LiveState {
  state: 'live' | 'waiting'
  sinceMs: number
}

export interface Method<Params, Result, Item = never, Progress = never> {
  params: Params
  result: Result
  item: Item
  progress: Progress
}

export interface Methods {
  status: Method<Record<string, never>, Status>
  id: Method<Record<string, never>, Identity>
  peers: Method<Record<string, never>, { count: number }, Peer>
  streams: Method<Record<string, never>, { count: number }, StreamSummary>
  doctor: Method<Record<string, never>, { ok: boolean }, Check>
  /** In the text format of Prometheus. */
  metrics: Method<Record<string, never>, { text: string }>
  /** Goes through all that a read of the link needs, stage by stage; resolves also when one fails. */
  /**
   * Whether a device of a name is there, and how long it takes to answer, `count` times (4), `intervalMs` apart (1,000): by
   * packets where both have an interface, else over a channel through the routers.
   */
  ping: Method<{ to: string; count?: number; intervalMs?: number; timeoutMs?: number }, PingTotal, PingAnswer>
  /** How far each node on the way of a channel to a device is, nearest first, each the least of three answers. */
  trace: Method<{ to: string; timeoutMs?: number }, { device: string; hops: number }, TraceHop>
  probe: Method<{ link: string; idleTimeoutMs?: number }, { link: string; ok: boolean }, ProbeStage>
  /** Resolves when it has come true: the node is ready, a neighbour (any, or this one) is up, a link's head can be had. */
  wait: Method<
    { for: 'ready' | 'neighbour' | 'head'; neighbour?: string; link?: string; timeoutMs?: number },
    { waitedMs: number }
  >
  /** `path` is absolute. `label` defaults to "main". */
  publish: Method<
    { path: string; label?: string; visibility?: Visibility; keepS?: number },
    {
      link: string
      name: string
      label: string
      visibility: Visibility
      files: number
      bytes: number
      newBytes: number
      added: number
      changed: number
      removed: number
      unchanged: boolean
      /** With `keepS`: what custodians said. */
      custody?: CustodyState[]
    },
    never,
    { files: number; bytes: number; totalFiles: number; totalBytes: number; newBytes: number; path: string }
  >
  /** `output` is absolute; what is there already and verifies is kept (an interrupted get resumes). */
  get: Method<
    { link: string; output: string } & ReadOptions,
    ReadResult & { link: string; output: string; files: number; reusedBytes: number },
    never,
    { files: number; bytes: number; totalFiles: number; totalBytes: number; sources: SourceShare[]; path: string }
  >
  list: Method<{ link: string } & ReadOptions, { count: number; head: Freshness }, FolderItem>
  /** What the path of a link leads to, without any of its bytes. */
  find: Method<{ link: string } & ReadOptions, FoundItem>
  /**
   * Bytes [from, to) of a file in a site, or of a site that is a file; `to` may be left out. With `file` those of what was
   * found: then nobody is asked for a head, and the path of the link says nothing.
   */
  read: Method<{ link: string; from?: number; to?: number; file?: FileReference } & ReadOptions, ReadResult, Uint8Array>
  /** The IPv6 addresses of a name's devices, the one that was heard of last first; of a label or a log the stream's. */
  addresses: Method<{ link: string } & ReadOptions, { name: string; addresses: KeyAddress[] }>
  open: Method<{ link: string } & ReadOptions, OpenedStream>
  entry: Method<
    { link: string; sequence: number; log?: string } & ReadOptions,
    { entry: LogEntry; source: { hop: number; cached: boolean }; head: Freshness }
  >
  /**
   * Entries in order, from sequence `from` (of all logs, or of each by its text; a log that is not named from its first) to
   * before `to`; several logs come merged by time. `last` instead of `from`: so many before the end. `live`: it does not end,
   * and what is written comes as it is written; `idleTimeoutMs` does not end it either.
   */
  entries: Method<
    {
      link: string
      from?: number | Record<string, number>
      last?: number
      to?: number
      live?: boolean
    } & ReadOptions,
    ReadResult & { count: number },
    LogEntry,
    LiveState
  >
  /** The bytes of a long entry, or a range of them. */
  readEntry: Method<
    { link: string; sequence: number; log?: string; from?: number; to?: number } & ReadOptions,
    ReadResult,
    Uint8Array
  >
  /** Bytes [from, to) of all the entries of one log joined together. */
  readLog: Method<{ link: string; from: number; to?: number } & ReadOptions, ReadResult, Uint8Array>
  /** With `keepS` others are asked to keep it, from now on; what they say is in `receipts`. */
  createStream: Method<
    { label: string; visibility?: Visibility; keepS?: number },
    { link: string; name: string; label: string; visibility: Visibility; log: string; created: boolean }
  >
  /**
   * Resolves when all of it is on disk, and with `keepS` when others have said whether they keep it; then there may be no
   * entry at all. An entry longer than 32 KiB becomes a file that the entry refers to.
   */
  append: Method<
    { label: string; entries: Uint8Array[]; visibility?: Visibility; keepS?: number },
    { link: string; first: number; count: number; length: number; custody?: CustodyState[] }
  >
  petnames: Method<Record<string, never>, { count: number }, { petname: string; name: string }>
  /** Gives a name a petname of the reader's own; an empty name takes it away. */
  setPetname: Method<{ petname: string; name: string }, Record<string, never>>
  /**
   * Keeps a stream for others, `sizeBytes` of it at most (default 10 GiB), and follows what is appended to it. Resolves
   * when what there is now is here; the pin itself lasts until `unpin`.
   */
  pin: Method<{ link: string; sizeBytes?: number }, Pin, never, Pin>
  unpin: Method<{ link: string }, { link: string; freedBytes: number }>
  pins: Method<Record<string, never>, { count: number }, Pin>
  /** How each stream of this node that is to be kept by others stands. */
  receipts: Method<Record<string, never>, { count: number }, CustodyState>
  /** Takes a stream of this node back: it is listed and announced no more. Copies that others hold may stay. */
  unpublish: Method<{ label: string }, { label: string; link: string }>
  /** `to` is a name or a petname. Resolves when custodians have signed and the receipts are on disk: two where there are two. */
  sendToInbox: Method<
    { to: string; body: Uint8Array; subject?: string; attachments?: { path: string }[]; timeoutMs?: number },
    SentLetter
  >
  /** Letters that wait, the oldest first; with `follow` also those to come. */
  inbox: Method<{ follow?: boolean }, { count: number }, InboxLetter>
  /** It is not shown any more, also after a restart. */
  acknowledgeLetter: Method<{ id: string }, Record<string, never>>
  /** Gives a name tickets, so that it need not solve puzzles and is never put behind strangers. */
  allowSender: Method<{ name: string }, SentLetter>
  /** Shows nothing more of a name, and revokes its tickets. */
  blockSender: Method<{ name: string }, { revoked: number }>
  /**
   * Begins a conversation with a service of a name, a petname or a device. The first item says who answered, the others are
   * what it writes; the call's input goes to it. Ends when both sides have ended.
   */
  dial: Method<
    { to: string; service: string; timeoutMs?: number },
    ConversationTotal,
    { peer: ConversationPeer } | ConversationItem
  >
  /** Answers for a service until it is cancelled, from its first progress on: an item a conversation, which `accept` takes within 10 s. */
  listen: Method<
    { service: string; from?: string[] },
    Record<string, never>,
    { conversation: number; peer: ConversationPeer },
    { listening: true }
  >
  /** Takes a conversation that `listen` told of: items are what the other side writes, input goes to it. */
  accept: Method<{ conversation: number }, ConversationTotal, ConversationItem>
  /** What may come in by packets, those that deny first. */
  rules: Method<Record<string, never>, { count: number }, TrafficRule>
  /** Resolves when it is on disk; a newer rule about the same takes the place of the older. */
  setRule: Method<TrafficRule & { remove?: boolean }, { rule: TrafficRule }>
  groups: Method<Record<string, never>, { count: number }, GroupMember>
  setMember: Method<GroupMember & { remove?: boolean }, GroupMember>
  stop: Method<Record<string, never>, Record<string, never>>
}

export type MethodName = keyof Methods
export type Params<M extends MethodName> = Methods[M]['params']
export type Result<M extends MethodName> = Methods[M]['result']
export type Item<M extends MethodName> = Methods[M]['item']
export type Progress<M extends MethodName> = Methods[M]['progress']

/** Every method, so that both sides can refuse what is not one. */
export const methodNames: readonly MethodName[] = [
  'status',
  'id',
  'peers',
  'streams',
  'doctor',
  'metrics',
  'ping',
  'trace',
  'probe',
  'wait',
  'publish',
  'get',
  'list',
  'find',
  'read',
  'addresses',
  'open',
  'entry',
  'entries',
  'readEntry',
  'readLog',
  'createStream',
  'append',
  'petnames',
  'setPetname',
  'pin',
  'unpin',
  'pins',
  'receipts',
  'unpublish',
  'sendToInbox',
  'inbox',
  'acknowledgeLetter',
  'allowSender',
  'blockSender',
  'dial',
  'listen',
  'accept',
  'rules',
  'setRule',
  'groups',
  'setMember',
  'stop',
]
