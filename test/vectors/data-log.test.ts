// The vectors of logs, confirmed by a second hand: BLAKE3 and Ed25519 of @noble, AES of node:crypto, and layouts put
// together and taken apart with plain buffers, with none of the code that made them.

import { createDecipheriv } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../provider.js'
import { dataLogVectors } from './data-log.js'

interface HeadVector {
  log: string
  length: number
  bytes: number
  reachable: number
  closedLength: number
  closedRoot: string
  openPage: string
  openBytes: number
  timeMs: number
  maxAgeS: number
  signature: string
  head: string
  page?: string
}

interface Vectors {
  seed: string
  log: string
  secret: string
  emptyRoot: string
  scope: { secret: string; public: string }
  entries: { sequence: number; timeMs: number; flags: number; bytes: string }[]
  reference: { id: string; child: number; kind: number; bytes: number; encoded: string }
  note: { files: number; bytes: number; mode: number; added: number; name: string; encoded: string }
  runs: { first: number; count: number; id: string; sealed: string; children: { name: string; reachable: number }[] }[]
  heads: HeadVector[]
  closing: {
    appended: { byte: number; length: number }[]
    chunks: { name: string; length: number; chunk?: string }[]
    head: HeadVector
  }
  tree: {
    children: { name: string; entries: number; bytes: number; reachable: number }[]
    chunk: string
    name: string
  }
  answers: Record<'nothing' | 'earlier' | 'same' | 'conflict', { have: { openPage: string }; payload: string }>
}

const vectors = JSON.parse(JSON.stringify(dataLogVectors(await openTestCrypto()))) as Vectors
const test = suite('vectors of logs')

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')
const ascii = (text: string) => hex(new TextEncoder().encode(text))
const hash = (value: string) => hex(blake3(bytes(value)))
const kdf = (context: string, message: string) =>
  hex(blake3(bytes(message), { context: new TextEncoder().encode(context) }))
const number = (value: number, size: number) => value.toString(16).padStart(2 * size, '0')
const lp16 = (value: string) => number(value.length / 2, 2) + value
const last = <T>(list: readonly T[]) => list[list.length - 1] as T

test('the scope keys and the empty root come from the words of the page', () => {
  assert.is(vectors.log, hex(ed25519.getPublicKey(bytes(vectors.seed))))
  assert.is(vectors.scope.secret, kdf('runnel v1 scope', `01${vectors.log}${vectors.secret}`))
  assert.is(vectors.scope.public, kdf('runnel v1 scope', `01${vectors.log}`))
  assert.is(vectors.emptyRoot, kdf('runnel v1 empty', ''))
})

test('a reference and a note are their fields in order', () => {
  const { reference, note } = vectors
  assert.is(
    reference.encoded,
    reference.id + number(reference.child, 1) + number(reference.kind, 1) + number(reference.bytes, 8),
  )
  const counts = number(note.added, 4) + number(0, 8)
  const name = number(note.name.length, 1) + ascii(note.name)
  assert.is(note.encoded, `01${number(note.files, 8)}${number(note.bytes, 8)}${number(note.mode, 2)}${counts}${name}`)
})

test('each run opens to its entries under the key of its id, with its first sequence as context', () => {
  let sequence = 0
  for (const { first, count, id, sealed } of vectors.runs) {
    const key = bytes(kdf('runnel v1 seal key', vectors.scope.secret + id))
    const plaintext = hex(createDecipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(bytes(sealed)))
    const message = `01${lp16(number(first, 8))}${plaintext}`
    assert.is(hex(blake3(bytes(message), { key: bytes(vectors.scope.secret) })), id)
    const entries = vectors.entries.slice(first, first + count).map((entry) => {
      const body = entry.flags === 3 ? vectors.reference.encoded + entry.bytes : entry.bytes
      return number(entry.timeMs, 8) + number(entry.flags, 1) + lp16(body)
    })
    assert.is(plaintext, entries.join(''))
    assert.is(first, sequence)
    sequence += count
  }
  assert.is(sequence, vectors.entries.length)
})

test('the open page is its kind and its runs', () => {
  const runs = vectors.runs.map(({ first, count, id, sealed, children }) => {
    const kids = children.map(({ name, reachable }) => name + number(reachable, 8)).join('')
    return lp16(number(children.length, 1) + kids + number(first, 8) + number(count, 2) + id + sealed)
  })
  assert.is(last(vectors.heads).page, `01${runs.join('')}`)
  assert.is(vectors.heads[0]?.page, '01')
})

test('a head is its fields in order, signed by the log, and names its open page by hash', () => {
  for (const head of [...vectors.heads, vectors.closing.head]) {
    const counts = [head.length, head.bytes, head.reachable, head.closedLength]
      .map((value) => number(value, 8))
      .join('')
    const tail = number(head.openBytes, 2) + number(head.timeMs, 8) + number(head.maxAgeS, 4)
    const body = `01${head.log}${counts}${head.closedRoot}${head.openPage}${tail}`
    assert.is(head.head, body + head.signature)
    assert.is(head.head.length, 2 * 207)
    const message = bytes(`${ascii('runnel v1 sign head')}00${body}`)
    assert.ok(ed25519.verify(bytes(head.signature), message, bytes(vectors.log), { zip215: false }))
    if (head.page === undefined) continue
    assert.is(head.openPage, hash(head.page))
    assert.is(head.openBytes, head.page.length / 2)
    assert.is(head.closedRoot, vectors.emptyRoot)
    const reachable = head.length === 3 ? 5_678 : 0
    assert.is(head.reachable, head.openBytes + reachable)
  }
})

test('the closed page is counted by the tree, and the tree by the head', () => {
  const [page, tree] = vectors.closing.chunks
  const { head } = vectors.closing
  const pageEntries = head.closedLength
  const chunk = tree?.chunk ?? ''
  assert.is(tree?.name, hash(chunk))
  assert.is(head.closedRoot, tree?.name)
  assert.is(pageEntries, 4)
  const pageBytes = 5 + 6 + 42 + vectors.note.encoded.length / 2 + (vectors.closing.appended[0]?.length ?? 0)
  const pageReachable = (page?.length ?? 0) + 5_678
  assert.is(chunk, `02000001${page?.name}${number(pageEntries, 8)}${number(pageBytes, 8)}${number(pageReachable, 8)}`)
  assert.is(head.bytes, pageBytes + (vectors.closing.appended[1]?.length ?? 0))
  assert.is(head.reachable, pageReachable + chunk.length / 2 + head.openBytes)
})

test('a tree is its level and its children with their counts', () => {
  const children = vectors.tree.children.map(
    ({ name, entries, bytes, reachable }) =>
      name + [entries, bytes, reachable].map((value) => number(value, 8)).join(''),
  )
  assert.is(vectors.tree.chunk, `0201${number(children.length, 2)}${children.join('')}`)
  assert.is(vectors.tree.name, hash(vectors.tree.chunk))
})

test('an answer is the head, nothing or the other head with its page, and the runs that are lacking', () => {
  const { nothing, earlier, same, conflict } = vectors.answers
  const head = last(vectors.heads)
  const page = head.page ?? ''
  const before = vectors.heads[1]?.page ?? ''
  assert.ok(page.startsWith(before))
  assert.is(nothing.payload, `${lp16(head.head)}00000000${page}`)
  assert.is(earlier.payload, `${lp16(head.head)}00000000${page.slice(before.length)}`)
  assert.is(earlier.have.openPage, hash(before))
  assert.is(same.payload, `${lp16(head.head)}00000000`)
  const other = conflict.payload.slice(lp16(head.head).length)
  assert.is(conflict.payload.slice(0, -other.length), lp16(head.head))
  assert.is(other.slice(0, 4), '00cf')
  const otherHead = other.slice(4, 4 + 414)
  const otherPage = other.slice(4 + 414 + 4)
  assert.is(other, lp16(otherHead) + lp16(otherPage))
  assert.is(otherHead.slice(2 * 97, 2 * 129), hash(otherPage))
  assert.ok(otherPage.startsWith(before) && !page.startsWith(otherPage) && !otherPage.startsWith(page))
})

test.run()
