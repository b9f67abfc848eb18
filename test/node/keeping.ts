// What keeps logs for others, on a store in a directory of its own and a hub that holds sample logs.

import { join } from 'node:path'
import { KeptTrees, Pins } from '../../node/custody/index.js'
import type { SessionContext } from '../../node/reader/index.js'
import { type Store, systemTime, type Time } from '../../node/store/index.js'
import { type KeySet, toHex } from '../../stack/bytes/index.js'
import { FileBuilder, type HeldHead, KeepWalk, OpenedDirectories, ReferenceKind } from '../../stack/data/index.js'
import { patterned, SampleLog } from '../samples/log.js'
import { chunkAnswer, FakeHub, fromHop, nack } from './fake-hub.js'
import { crypto, inDirectory, openHomeStore, randomBytes, seed } from './temporary.js'

/** A log whose every commit has a file of its own and an entry that fills most of a page. */
export function filledLog(commits: number, logSeed = patterned(32, 77), fileSeed = 0): SampleLog {
  const log = new SampleLog(crypto, undefined, logSeed)
  for (let commit = 0; commit < commits; commit++) extend(log, fileSeed + commit)
  return log
}

/** `lieBytes` is added to what the entry declares of its file. */
export function extend(log: SampleLog, fileSeed: number, lieBytes = 0): void {
  const builder = new FileBuilder(crypto, patterned(32, 3), (name, bytes) => void log.chunks.set(toHex(name), bytes))
  builder.push(patterned(120_000, fileSeed))
  const file = builder.end()
  const reference = { ...file, reachable: file.reachable + lieBytes, kind: ReferenceKind.file }
  log.append([{ bytes: new Uint8Array(0), reference }])
  log.appendSizes(30_000)
}

/** The names of all that a head reaches. */
export function namesOf(log: SampleLog, held: HeldHead = log.held): KeySet {
  const walk = new KeepWalk(held, { seed, maxChunks: 100_000, maxBytes: Number.MAX_SAFE_INTEGER })
  while (!walk.done) for (const name of walk.wanted(1)) walk.handleChunk(name, log.chunk(name))
  return walk.takeNames()
}

export function bytesOf(log: SampleLog, held: HeldHead = log.held): number {
  let bytes = held.page.length
  for (const name of namesOf(log, held)) bytes += log.chunks.get(toHex(name))?.length ?? 0
  return bytes
}

/** How many of the names are in kept/. */
export function keptOf(store: Store, names: KeySet): number {
  return [...names].filter((name) => store.keptChunk(name) !== undefined).length
}

/** A hub that answers for these logs, heads and chunks; and what was announced through it. */
export class KeepingHub extends FakeHub {
  readonly announced: string[] = []
  readonly fetched: string[] = []
  readonly logs: SampleLog[]

  constructor(...logs: readonly SampleLog[]) {
    super()
    this.logs = [...logs]
    this.respond = ({ kind, key }) => {
      if (kind === 'head') {
        const log = this.logs.find((one) => toHex(one.log) === toHex(key))
        if (log === undefined) return nack('NoRoute')
        return { kind: 'answer', answer: { kind: 'head', held: log.held, fork: undefined }, source: fromHop(1) }
      }
      const name = toHex(key)
      const bytes = this.logs.map((log) => log.chunks.get(name)).find((one) => one !== undefined)
      if (bytes === undefined) return nack('NoRoute')
      this.fetched.push(name)
      return chunkAnswer(bytes)
    }
  }

  announce(kind: string, key: Uint8Array): void {
    const route = `${kind} ${toHex(key)}`
    if (!this.announced.includes(route)) this.announced.push(route)
  }

  withdraw(kind: string, key: Uint8Array): void {
    this.announced.splice(this.announced.indexOf(`${kind} ${toHex(key)}`), 1)
  }
}

export function sessionOn(hub: FakeHub, time: Time = systemTime): SessionContext {
  return {
    crypto,
    time,
    hub,
    directories: new OpenedDirectories(new Uint8Array(8)),
    upstreamsMissing: () => false,
    seenHead: () => undefined,
    handleFork: () => {},
    handleFirstByte: () => {},
    remember: () => {},
  }
}

/** A store with what keeps logs on it; closed and opened again by `reopen`. */
export class Keeper {
  store: Store
  trees: KeptTrees
  pins: Pins
  readonly hub: KeepingHub
  readonly #home: string
  readonly #time: Time

  private constructor(home: string, hub: KeepingHub, store: Store, time: Time) {
    this.#home = home
    this.#time = time
    this.hub = hub
    this.store = store
    ;[this.trees, this.pins] = this.#make()
  }

  static async open(directory: string, hub: KeepingHub, time: Time = systemTime): Promise<Keeper> {
    const home = join(directory, 'home')
    return new Keeper(home, hub, await openHomeStore(home), time)
  }

  async reopen(): Promise<void> {
    await this.close()
    this.store = await openHomeStore(this.#home)
    ;[this.trees, this.pins] = this.#make()
  }

  async close(): Promise<void> {
    await this.pins.close()
    await this.store.close()
  }

  #make(): [KeptTrees, Pins] {
    const { store, hub } = this
    const time = this.#time
    const session = sessionOn(hub, time)
    const trees = new KeptTrees({ store, session, randomBytes, idleMs: 300 })
    return [trees, new Pins({ crypto, store, time, session, trees, hub, isOwn: () => false })]
  }
}

/** A keeper in a directory of its own, whose hub holds these logs; both are gone afterwards. */
export async function keeping(logs: readonly SampleLog[], use: (keeper: Keeper) => Promise<void>): Promise<void> {
  await inDirectory(async (directory) => {
    const keeper = await Keeper.open(directory, new KeepingHub(...logs))
    try {
      await use(keeper)
    } finally {
      await keeper.close()
    }
  })
}
