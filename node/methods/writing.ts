// The methods that write: streams, appends, publishing, petnames. Each resolves when what it says is on disk.

import { RunnelError } from '../../errors/index.js'
import { decodeUtf8, encodeUtf8 } from '../../stack/bytes/index.js'
import { type Crypto, fileScope, runScope } from '../../stack/crypto/index.js'
import { DEFAULT_LABEL, decodeText, encodeText, TextKind } from '../../stack/name/index.js'
import type { Handlers } from '../api-server/index.js'
import type { Custody } from '../custody/index.js'
import type { Identity } from '../identity/index.js'
import { appendEntries, type OwnStream, type OwnStreams, publishPath } from '../publisher/index.js'
import { openSite, ReadSession, type SessionContext, type Site } from '../reader/index.js'
import type { Files, Store } from '../store/index.js'
import { custodyOf, keepByOthers } from './keeping.js'

export interface WritingContext {
  readonly crypto: Crypto
  readonly store: Store
  readonly identity: Identity
  readonly streams: OwnStreams
  readonly session: SessionContext
  readonly randomBytes: (count: number) => Uint8Array
  readonly files: Files
  /** Of the home. */
  readonly knownFilesDirectory: string
  readonly custody: Custody
}

type WritingMethod = 'createStream' | 'append' | 'publish' | 'petnames' | 'setPetname' | 'streams'

/** Before the keys of values that are petnames. */
export const petnamePrefix = 'petname/'
const petnamePattern = /^[\p{L}\p{N}][\p{L}\p{N} _-]{0,62}$/u

/** The name that a petname stands for, as text. */
export function petnameOf(store: Store, petname: string): string | undefined {
  const bytes = store.value(petnamePrefix + petname)
  return bytes === undefined ? undefined : decodeUtf8(bytes)
}

export function writingMethods(context: WritingContext): Pick<Handlers, WritingMethod> {
  const { crypto, store, identity, streams, randomBytes } = context
  const nameText = encodeText(crypto, TextKind.name, identity.name)
  return {
    createStream: async ({ label, visibility, keepS }) => {
      const { stream, created } = await streams.open(label, visibility)
      if (keepS !== undefined) await context.custody.duties.keep(stream.key, keepS * 1_000)
      const log = encodeText(crypto, TextKind.log, stream.key)
      return { link: streams.link(stream), name: nameText, label, visibility: stream.visibility, log, created }
    },

    append: async ({ label, entries, visibility, keepS }, call) => {
      const { stream } = await streams.open(label, visibility)
      const { length } = stream.log.held.head
      const first = entries.length === 0 ? length : await appendEntries({ crypto, store, randomBytes }, stream, entries)
      const link = streams.link(stream)
      const appended = { link, first, count: entries.length, length: stream.log.held.head.length }
      if (keepS === undefined) return appended
      return { ...appended, custody: await keepByOthers(crypto, context.custody, stream, keepS * 1_000, call.signal) }
    },

    publish: async ({ path, label = DEFAULT_LABEL, visibility, keepS }, call) => {
      const what = { path, label, visibility }
      const published = await publishFile(context, what, (progress) => call.progress(progress), call.signal)
      const stream = streams.find(label)
      if (keepS === undefined || stream === undefined) return published
      const custody = await keepByOthers(crypto, context.custody, stream, keepS * 1_000, call.signal)
      return { ...published, custody }
    },

    streams: async (_, call) => {
      const all = streams.list()
      for (const stream of all) {
        const { head } = stream.log.held
        await call.item({
          label: stream.label,
          link: streams.link(stream),
          log: encodeText(crypto, TextKind.log, stream.key),
          visibility: stream.visibility,
          kind: head.length === 0 ? 'empty' : (await currentSite(context, stream, call.signal)) ? 'site' : 'log',
          entries: head.length,
          bytes: head.bytes,
          headTimeMs: head.timeMs,
          forked: store.fork(stream.key) !== undefined,
          custody: custodyOf(crypto, context.custody, stream),
        })
      }
      return { count: all.length }
    },

    petnames: async (_, call) => {
      const all = store.values(petnamePrefix)
      for (const { key, bytes } of all) {
        await call.item({ petname: key.slice(petnamePrefix.length), name: decodeUtf8(bytes) ?? '' })
      }
      return { count: all.length }
    },

    setPetname: async ({ petname, name }) => {
      if (!petnamePattern.test(petname)) {
        throw new RunnelError('BAD_ARGUMENT', 'a petname is 1 to 63 letters, digits, spaces, "_" and "-"')
      }
      if (name !== '') {
        const key = decodeText(crypto, name)
        if (typeof key === 'string' || key.kind !== TextKind.name) {
          const typo = key === 'bad-checksum'
          throw new RunnelError('BAD_NAME', typo ? `there is a typing error in ${name}` : `${name} is no name`)
        }
      }
      await store.setValue(petnamePrefix + petname, encodeUtf8(name))
      return {}
    },
  }
}

/** See `publishPath`. */
export function publishFile(
  context: WritingContext,
  request: Parameters<typeof publishPath>[1],
  progress: Parameters<typeof publishPath>[2],
  signal: AbortSignal,
): ReturnType<typeof publishPath> {
  const { crypto, store, streams, randomBytes, identity } = context
  return publishPath(
    {
      crypto,
      store,
      streams,
      randomBytes,
      time: context.session.time,
      files: context.files,
      knownFilesDirectory: context.knownFilesDirectory,
      nameText: encodeText(crypto, TextKind.name, identity.name),
      currentSite: (stream, signal) => currentSite(context, stream, signal),
    },
    request,
    progress,
    signal,
  )
}

/** What one of our own streams holds as a site now. Its head is here, so nobody else has to be up for it. */
async function currentSite(context: WritingContext, stream: OwnStream, signal: AbortSignal): Promise<Site | undefined> {
  const { key, secret, label, visibility, log } = stream
  const { held } = log
  if (held.head.length === 0) return undefined
  const { crypto, identity } = context
  const session = new ReadSession(context.session, {}, signal)
  const { name, device } = identity
  const readable = held.head.length
  const place = { log: key, device, held, source: undefined, closed: false, readable, forked: false }
  try {
    return await openSite(session, {
      link: context.streams.link(stream),
      name,
      label,
      visibility,
      secret,
      fileScope: fileScope(crypto, secret),
      logs: [{ ...place, runScope: runScope(crypto, key, secret) }],
      path: [],
    })
  } catch (error) {
    if (error instanceof RunnelError && error.code === 'NOT_A_FOLDER') return undefined
    throw error
  } finally {
    session.close()
  }
}
