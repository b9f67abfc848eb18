// The methods that read: each opens a session, asks for what the link needs, and closes the session whatever happens.

import type {
  FileReference,
  FoundItem,
  LiveState,
  LogEntry,
  OpenedStream,
  Params,
  ReadOptions,
  ReadResult,
  Result,
} from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { equal } from '../../stack/bytes/index.js'
import { type Crypto, fileScope } from '../../stack/crypto/index.js'
import { decodeReference, EntryFlag, referenceBytes } from '../../stack/data/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import type { Call, Handlers } from '../api-server/index.js'
import type { Hub } from '../hub.js'
import type { Time } from '../outside.js'
import {
  Download,
  type FollowState,
  findItem,
  followEntries,
  isSite,
  listFolder,
  newestEntries,
  openSite,
  openTarget,
  type Petnames,
  type PlacedEntry,
  ReadSession,
  readEntries,
  readFile,
  readLink,
  readLogEntries,
  referenceOf,
  type SessionContext,
  type SiteItem,
  siteOf,
  type Target,
  type TargetLog,
} from '../reader/index.js'

/** Longer than the time within which a second report is left out. */
const repeatMs = 200

export interface ReadingContext extends SessionContext {
  readonly followHub: Pick<Hub, 'follow' | 'cancel'>
  readonly petnames: Petnames
}

type ReadingMethod = 'get' | 'list' | 'find' | 'read' | 'open' | 'entry' | 'entries' | 'readEntry' | 'readLog'

export function readingMethods(context: ReadingContext): Pick<Handlers, ReadingMethod> {
  const { crypto } = context
  const withTarget = async <T>(
    params: { readonly link: string } & ReadOptions,
    signal: AbortSignal,
    use: (session: ReadSession, target: Target) => Promise<T>,
  ): Promise<T> => {
    const session = new ReadSession(context, params, signal)
    try {
      return await use(session, await openTarget(session, readLink(session, params.link, context.petnames)))
    } finally {
      session.close()
    }
  }
  return {
    open: (params, { signal }) => withTarget(params, signal, (session, target) => describe(session, target)),

    list: (params, call) =>
      withTarget(params, call.signal, async (session, target) => {
        const site = await openSite(session, target)
        const { item, path } = await findItem(session, target, site, target.path, true)
        let count = 0
        for await (const found of listFolder(session, target, site, whole(item), path)) {
          await call.item(found)
          count += 1
        }
        return { count, head: session.freshness }
      }),

    get: (params, call) =>
      withTarget(params, call.signal, async (session, target) => {
        const site = await openSite(session, target)
        const { item, path } = await findItem(session, target, site, target.path, true)
        const download = new Download(session, target, site, (done) => {
          if (done.bytes > 0) session.handleBytes()
          call.progress({ ...done, sources: session.sources.list() })
        })
        const { files, reusedBytes, bytes } = await download.write(whole(item), path, params.output)
        const link = [target.link, ...target.path].join('/')
        return { ...resultOf(session, bytes), link, output: params.output, files, reusedBytes }
      }),

    find: (params, { signal }) => withTarget(params, signal, (session, target) => found(session, target)),

    read: (params, call) => {
      const { file } = params
      if (file !== undefined) return readFound(context, params, file, call)
      return withTarget(params, call.signal, async (session, target) => {
        const site = await openSite(session, target)
        const { item } = await findItem(session, target, site, target.path, true)
        const file = whole(item)
        if (file.kind === 'directory') {
          throw new RunnelError('BAD_ARGUMENT', `${params.link} is a folder`, {
            hint: 'List it, or name a file in it.',
          })
        }
        const bytes = readFile(session, target.fileScope, file, site.log, params.link, params)
        return resultOf(session, await sendAll(session, bytes, call))
      })
    },

    entry: (params, { signal }) =>
      withTarget(params, signal, async (session, target) => {
        const log = oneLog(crypto, target, params.log)
        const placed = await entryAt(session, log, params.sequence)
        session.handleBytes()
        const farthest = session.sources.list().at(-1)
        const source = {
          hop: farthest?.hop ?? log.source?.hops ?? 0,
          cached: farthest?.cached ?? log.source?.cached ?? false,
        }
        return { entry: entryOf(placed, encodeText(crypto, TextKind.log, placed.log)), source, head: session.freshness }
      }),

    entries: async (params, call) => {
      if (params.from !== undefined && params.last !== undefined) {
        throw new RunnelError('BAD_ARGUMENT', 'entries: either `from` or `last`')
      }
      if (params.live === true) return followed(context, params, call)
      return withTarget(params, call.signal, async (session, target) => {
        let count = 0
        let bytes = 0
        const from = positionIn(crypto, target, params)
        const textOf = textsOf(crypto)
        for await (const run of readEntries(session, target, from, params.to ?? Number.MAX_SAFE_INTEGER)) {
          session.handleBytes()
          for (const placed of run) {
            const entry = entryOf(placed, textOf(placed.log))
            count += 1
            bytes += entry.bytes.length
            const room = call.item(entry)
            if (room !== undefined) await room
          }
        }
        return { ...resultOf(session, bytes), count }
      })
    },

    readEntry: (params, call) =>
      withTarget(params, call.signal, async (session, target) => {
        const log = oneLog(crypto, target, params.log)
        const placed = await entryAt(session, log, params.sequence)
        if ((placed.entry.flags & EntryFlag.reference) === 0) {
          const bytes = placed.entry.bytes.subarray(params.from ?? 0, params.to)
          session.handleBytes()
          await call.item(bytes)
          return resultOf(session, bytes.length)
        }
        const what = `entry ${params.sequence}`
        const bytes = readFile(session, target.fileScope, referenceOf(placed), log.log, what, params)
        return resultOf(session, await sendAll(session, bytes, call))
      }),

    readLog: (params, call) =>
      withTarget(params, call.signal, async (session, target) => {
        const log = oneLog(crypto, target, undefined)
        const { from } = params
        const to = params.to ?? log.held.head.bytes
        let bytes = 0
        for await (const { firstByte, entry, sequence } of readLogEntries(session, log, { unit: 'byte', from, to })) {
          if ((entry.flags & EntryFlag.reference) !== 0) {
            // Its own bytes stand elsewhere, so they have no place among those of the log.
            throw new RunnelError(
              'UNSUPPORTED',
              `entry ${sequence} is a long one or a site, which a range of bytes cannot hold`,
              {
                hint: 'Read the entries one by one: `entries`, and `readEntry` for the long ones.',
              },
            )
          }
          const piece = entry.bytes.subarray(Math.max(0, from - firstByte), to - firstByte)
          bytes += piece.length
          session.handleBytes()
          await call.item(piece)
        }
        return resultOf(session, bytes)
      }),
  }
}

async function found(session: ReadSession, target: Target): Promise<FoundItem> {
  const site = await openSite(session, target)
  const { item, path } = await findItem(session, target, site, target.path, true)
  const { kind, mode, bytes, child, id } = whole(item)
  const log = target.logs.find((one) => equal(one.log, site.log))
  const farthest = session.sources.list().at(-1)
  return {
    link: target.link,
    path: path.join('/'),
    name: path.at(-1) ?? site.note.name,
    kind,
    mode,
    bytes,
    ...(kind === 'file' ? { file: { chunk: child, id, bytes, log: site.log } } : {}),
    publishedMs: site.timeMs,
    maxAgeS: log?.held.head.maxAgeS ?? 0,
    head: session.freshness,
    source: {
      hop: farthest?.hop ?? log?.source?.hops ?? 0,
      cached: farthest?.cached ?? log?.source?.cached ?? false,
    },
  }
}

/** Bytes of what `find` gave; of the link only the secret is needed. */
async function readFound(
  context: ReadingContext,
  params: Params<'read'>,
  { chunk: child, id, bytes, log }: FileReference,
  call: Call<'read'>,
): Promise<ReadResult> {
  const session = new ReadSession(context, params, call.signal)
  try {
    const { secret } = readLink(session, params.link, context.petnames)
    const file = { child, id, bytes }
    const pieces = readFile(session, fileScope(context.crypto, secret), file, log, params.link, params)
    return resultOf(session, await sendAll(session, pieces, call))
  } finally {
    session.close()
  }
}

/** Where reading begins in each log. */
function positionIn(crypto: Crypto, { logs }: Target, { from, last }: Params<'entries'>): (log: TargetLog) => number {
  if (last !== undefined) {
    const first = Math.max(0, Math.max(0, ...logs.map(({ held }) => held.head.length)) - last)
    return () => first
  }
  if (typeof from === 'object') return ({ log }) => from[encodeText(crypto, TextKind.log, log)] ?? 0
  return () => from ?? 0
}

/** Entries as they are written, until the caller gives up. */
async function followed(
  context: ReadingContext,
  params: Params<'entries'>,
  call: Call<'entries'>,
): Promise<Result<'entries'>> {
  const { crypto, time } = context
  const { link, from, last, to, ...options } = params
  if (to !== undefined) throw new RunnelError('BAD_ARGUMENT', 'entries: what is live has no end, so `to` says nothing')
  const session = new ReadSession(context, options, call.signal)
  const report = reporter(time, (state) => call.progress(state))
  const textOf = textsOf(crypto)
  let count = 0
  let bytes = 0
  try {
    const entries = followEntries(session, readLink(session, link, context.petnames), {
      hub: context.followHub,
      from,
      last,
      report: report.tell,
    })
    for await (const placed of entries) {
      const entry = entryOf(placed, textOf(placed.log))
      count += 1
      bytes += entry.bytes.length
      await call.item(entry)
    }
    return { ...resultOf(session, bytes), count }
  } finally {
    report.close()
    session.close()
  }
}

/** Tells a state when it changes, and once more a moment later: of reports that come close together some are left out. */
function reporter(time: Time, send: (state: LiveState) => void): { tell(state: FollowState): void; close(): void } {
  let timer: { cancel(): void } | undefined
  return {
    tell: (state) => {
      const report: LiveState = { state, sinceMs: time.now().nowMs }
      timer?.cancel()
      send(report)
      timer = time.after(repeatMs, () => send(report))
    },
    close: () => timer?.cancel(),
  }
}

async function describe(session: ReadSession, target: Target): Promise<OpenedStream> {
  const { crypto } = session
  const [newest] = await newestEntries(session, target)
  const lengths = target.logs.map(({ held }) => held.head)
  const source = target.logs.map((log) => log.source).find((found) => found !== undefined)
  return {
    link: target.link,
    ...(target.name === undefined ? {} : { name: encodeText(crypto, TextKind.name, target.name) }),
    ...(target.label === undefined ? {} : { label: target.label }),
    visibility: target.visibility,
    logs: target.logs.map(({ log, device, held, closed, forked }) => ({
      log: encodeText(crypto, TextKind.log, log),
      ...(device === undefined ? {} : { device: encodeText(crypto, TextKind.device, device) }),
      length: held.head.length,
      bytes: held.head.bytes,
      closed,
      forked,
    })),
    length: lengths.reduce((sum, { length }) => sum + length, 0),
    bytes: lengths.reduce((sum, { bytes }) => sum + bytes, 0),
    kind: newest === undefined ? 'empty' : isSite(newest) ? 'site' : 'log',
    head: session.freshness,
    source: { hop: source?.hops ?? 0, cached: source?.cached ?? false },
  }
}

function resultOf(session: ReadSession, bytes: number): ReadResult {
  const head = session.freshness
  return { bytes, verified: true, stale: head.stale, head, sources: session.sources.list() }
}

async function sendAll(
  session: ReadSession,
  pieces: AsyncIterable<Uint8Array>,
  call: Call<'read'> | Call<'readEntry'>,
): Promise<number> {
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    session.handleBytes()
    await call.item(piece)
  }
  return bytes
}

function whole(item: SiteItem | { readonly kind: 'symlink' }): SiteItem {
  if (item.kind === 'symlink') throw new RunnelError('NOT_FOUND', 'a symlink that leads nowhere')
  return item
}

/** The log that is meant: the only one, or the one that was named. */
function oneLog(crypto: Crypto, target: Target, text: string | undefined): TargetLog {
  const [only] = target.logs
  if (text === undefined) {
    if (only !== undefined && target.logs.length === 1) return only
    throw new RunnelError('BAD_ARGUMENT', 'that stream has several logs, one a device: say which', {
      details: { logs: target.logs.map(({ log }) => encodeText(crypto, TextKind.log, log)) },
    })
  }
  const found = target.logs.find(({ log }) => encodeText(crypto, TextKind.log, log) === text)
  if (found === undefined) throw new RunnelError('BAD_ARGUMENT', `${text} is no log of that stream`)
  return found
}

async function entryAt(session: ReadSession, log: TargetLog, sequence: number): Promise<PlacedEntry> {
  const range = { unit: 'sequence', from: sequence, to: sequence + 1 } as const
  for await (const placed of readLogEntries(session, log, range)) return placed
  const { length } = log.held.head
  throw new RunnelError('NOT_FOUND', `there is no entry ${sequence}: the log has ${length}`)
}

/** The texts of logs, each made once. */
function textsOf(crypto: Crypto): (log: Uint8Array) => string {
  const texts = new WeakMap<Uint8Array, string>()
  return (log) => {
    const known = texts.get(log)
    if (known !== undefined) return known
    const text = encodeText(crypto, TextKind.log, log)
    texts.set(log, text)
    return text
  }
}

function entryOf(placed: PlacedEntry, log: string): LogEntry {
  const { entry, sequence } = placed
  const long = (entry.flags & EntryFlag.reference) !== 0
  const reference = long ? decodeReference(entry.bytes.subarray(0, referenceBytes)) : undefined
  const note = isSite(placed) ? siteOf(placed).note : undefined
  return {
    sequence,
    log,
    timeMs: entry.timeMs,
    length: reference === undefined || typeof reference === 'string' ? entry.bytes.length : reference.bytes,
    bytes: long ? new Uint8Array(0) : entry.bytes,
    long,
    ...(note === undefined
      ? {}
      : {
          site: {
            files: note.files,
            bytes: note.bytes,
            added: note.added,
            changed: note.changed,
            removed: note.removed,
            name: note.name,
          },
        }),
  }
}
