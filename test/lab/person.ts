// A name with an unlisted stream `drafts`, made of the samples, as a raw router knows it: it answers honestly for it, and
// a test changes the one thing that it is about.

import { toHex } from '../../stack/bytes/index.js'
import { type Crypto, fileScope, seal } from '../../stack/crypto/index.js'
import {
  ChunkKind,
  type DirectoryRef,
  encodeHeadAnswer,
  encodeNote,
  type HeldHead,
  ReferenceKind,
} from '../../stack/data/index.js'
import type { Interest } from '../../stack/forward/index.js'
import { encodeNameAnswer, formatLink, type NameState } from '../../stack/name/index.js'
import { SampleLog } from '../samples/log.js'
import { SampleName, sampleSeeds } from '../samples/name.js'
import type { RawAnswer } from './raw-router.js'

export class Person {
  readonly crypto: Crypto
  readonly name: SampleName
  readonly log: SampleLog
  /** What it tells of its name. */
  state: NameState
  /** Tells another head than the log's newest. */
  head: HeldHead | undefined
  readonly link: string

  constructor(crypto: Crypto) {
    this.crypto = crypto
    this.name = new SampleName(crypto)
    this.log = new SampleLog(crypto)
    this.log.nowMs = Date.now() - 60_000
    this.state = this.name.state()
    const { secret } = sampleSeeds
    this.link = formatLink(crypto, { target: 'name', key: this.name.name, label: 'drafts', secret, path: [] })
  }

  appendTexts(...texts: string[]): void {
    this.log.append(texts.map((text) => ({ bytes: new TextEncoder().encode(text) })))
  }

  /** Publishes a folder that was made elsewhere, with whatever its note says. */
  publish(root: DirectoryRef, note: { files: number; bytes: number }): void {
    const bytes = encodeNote({ ...note, mode: 0o755, added: 0, changed: 0, removed: 0, name: 'forged' })
    const { child, id, bytes: below, reachable } = root
    const reference = { child, id, bytes: below, reachable, kind: ReferenceKind.directory }
    this.log.append([{ bytes, reference, site: true }])
  }

  /** A directory chunk with any items in it, unchecked; stored. */
  directory(children: readonly Uint8Array[], items: Uint8Array): { child: Uint8Array; id: Uint8Array } {
    const kind = ChunkKind.directory
    const { id, sealed } = seal(this.crypto, this.scope, kind, new Uint8Array(0), items)
    const chunk = Buffer.concat([Uint8Array.of(kind, 0, children.length), ...children, id, sealed])
    return { child: this.store(new Uint8Array(chunk)), id }
  }

  /** Keeps a chunk; its name. */
  store(chunk: Uint8Array): Uint8Array {
    const name = this.crypto.hash(chunk)
    this.log.chunks.set(toHex(name), chunk)
    return name
  }

  get scope(): Uint8Array {
    return fileScope(this.crypto, sampleSeeds.secret)
  }

  /** The honest answer to an Interest. */
  answer({ key, question }: Interest): RawAnswer {
    switch (question.kind) {
      case 'name':
        return toHex(key) === toHex(this.name.name) ? encodeNameAnswer(this.state, question.have) : 'NoRoute'
      case 'head':
        if (toHex(key) !== toHex(this.log.log)) return 'NoRoute'
        return encodeHeadAnswer(this.crypto, this.head ?? this.log.held, question.have)
      case 'chunk': {
        const card = this.state.cards.find((held) => held !== undefined && toHex(held.head.chunk) === toHex(key))
        return this.log.chunks.get(toHex(key)) ?? card?.chunk ?? 'NoRoute'
      }
    }
  }
}
