// Logs of many tiny closed pages, so that tests reach deep trees without gigabytes: pages whose runs have no plaintext,
// which is all the same to whoever only walks, and any head on top, signed.

import { toHex, Writer } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  emptyRoot,
  encodeHead,
  encodeTree,
  type HeldHead,
  type RunChild,
  signHead,
  type TreeChild,
} from '../../stack/data/index.js'
import { sampleSeeds, sampleTimeMs } from './name.js'

/** A page of one run with this first sequence and these empty entries, and with children; `mark` tells equal ones apart. */
export function tinyPage(first: number, count: number, mark = 0, children: readonly RunChild[] = []): Uint8Array {
  const writer = new Writer(64).u8(children.length)
  for (const { name, reachable } of children) writer.put(name).u64(reachable)
  const run = writer
    .u64(first)
    .u16(count)
    .put(new Uint8Array(32).fill(mark))
    .zeros(11 * count)
    .bytes()
  return new Writer(run.length + 3).u8(1).lp16(run).bytes()
}

/** Chunks by name, and the log trees above chosen pages, built all at once rather than as a writer does. */
export class TinyLog {
  readonly crypto: Crypto
  readonly log: Uint8Array
  readonly chunks = new Map<string, Uint8Array>()

  constructor(crypto: Crypto) {
    this.crypto = crypto
    this.log = crypto.ed25519.publicKeyFromSeed(sampleSeeds.log)
  }

  /** Stores a chunk, and says what the tree above a page says of it. */
  page(chunk: Uint8Array, entries: number): TreeChild {
    return { name: this.store(chunk), entries, bytes: 0, reachable: chunk.length }
  }

  /** Stores a tree; a test that wants a wrong one changes what is given for it. */
  tree(level: number, children: readonly TreeChild[]): TreeChild {
    const chunk = encodeTree({ level, children })
    const sum = (of: 'entries' | 'bytes' | 'reachable') => children.reduce((total, child) => total + child[of], 0)
    return {
      name: this.store(chunk),
      entries: sum('entries'),
      bytes: sum('bytes'),
      reachable: chunk.length + sum('reachable'),
    }
  }

  /** The tree of minimal depth above pages. */
  top(pages: readonly TreeChild[]): TreeChild | undefined {
    let row = pages
    for (let level = 0; row.length > 1 || (level === 0 && row.length === 1); level++) {
      const above: TreeChild[] = []
      for (let at = 0; at < row.length; at += 256) above.push(this.tree(level, row.slice(at, at + 256)))
      row = above
    }
    return row[0]
  }

  /** A signed head above a tree, with an open page of so many empty entries. */
  held(closed: TreeChild | undefined, open = 0, mark = 0): HeldHead {
    const closedLength = closed?.entries ?? 0
    const page = open === 0 ? Uint8Array.of(1) : tinyPage(closedLength, open, mark)
    const head = signHead(this.crypto, sampleSeeds.log, {
      log: this.log,
      length: closedLength + open,
      bytes: closed?.bytes ?? 0,
      reachable: (closed?.reachable ?? 0) + page.length,
      closedLength,
      closedRoot: closed?.name ?? emptyRoot,
      openPage: this.crypto.hash(page),
      openBytes: page.length,
      timeMs: sampleTimeMs,
      maxAgeS: 300,
    })
    return { head, headBytes: encodeHead(head), page }
  }

  chunk(name: Uint8Array): Uint8Array {
    const chunk = this.chunks.get(toHex(name))
    if (chunk === undefined) throw new Error(`nobody stored ${toHex(name)}`)
    return chunk
  }

  store(chunk: Uint8Array): Uint8Array {
    const name = this.crypto.hash(chunk)
    this.chunks.set(toHex(name), chunk)
    return name
  }
}

/** Drives any stepper to its end with the chunks of a log; gives how many it took. */
export function feed(
  log: { chunk(name: Uint8Array): Uint8Array },
  stepper: { wanted(): Uint8Array[]; handleChunk(name: Uint8Array, chunk: Uint8Array): string | undefined },
): number {
  let fetched = 0
  for (let [name] = stepper.wanted(); name !== undefined; [name] = stepper.wanted()) {
    stepper.handleChunk(name, log.chunk(name))
    fetched++
  }
  return fetched
}
