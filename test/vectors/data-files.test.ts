// The vectors of files and directories, confirmed by a second hand: BLAKE3 of @noble, AES of node:crypto, and layouts taken
// apart with plain buffers, with none of the code that made them.

import { createDecipheriv } from 'node:crypto'
import { blake3 } from '@noble/hashes/blake3.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../provider.js'
import { dataFileVectors } from './data-files.js'

interface Ref {
  child: string
  id: string
  bytes: number
  reachable: number
}

interface Vectors {
  secret: string | null
  scope: string
  cutSeed: string
  cuts: number[]
  part: { plaintext: string; ref: Ref; chunk: string }
  emptyFile: { ref: Ref; chunk: string }
  node: { bytes: number; ref: Ref; parts: string[]; chunk: string }
  emptyDirectory: { ref: Ref; chunk: string }
  directory: { items: ({ kind: string; name: string; mode: number; target?: string } & Ref)[]; ref: Ref; chunk: string }
  splitDirectory: { files: number; ref: Ref; parts: string[]; chunk: string }
}

const all = JSON.parse(JSON.stringify(dataFileVectors(await openTestCrypto()))) as Record<'public' | 'secret', Vectors>
const test = suite('vectors of files')

const ascii = (text: string) => new TextEncoder().encode(text)
const hash = (chunk: string) => Buffer.from(blake3(Buffer.from(chunk, 'hex'))).toString('hex')
const kdf = (context: string, message: string) =>
  Buffer.from(blake3(Buffer.from(message, 'hex'), { context: ascii(context) })).toString('hex')

/** What was sealed, by the words of §5. */
function opened(scope: string, kind: number, id: string, sealed: string): Buffer {
  const key = Buffer.from(kdf('runnel v1 seal key', scope + id), 'hex')
  const plaintext = createDecipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.from(sealed, 'hex'))
  const message = Buffer.concat([Buffer.from([kind, 0, 0]), plaintext])
  assert.is(Buffer.from(blake3(message, { key: Buffer.from(scope, 'hex') })).toString('hex'), id)
  return plaintext
}

for (const [visibility, vectors] of Object.entries(all)) {
  const { scope } = vectors

  test(`${visibility}: the scope key and the cutter's seed come from the secret`, () => {
    assert.is(scope, kdf('runnel v1 scope', `00${vectors.secret ?? ''}`))
    const seed = vectors.secret === null ? '0'.repeat(16) : kdf('runnel v1 cut', scope).slice(0, 16)
    assert.is(vectors.cutSeed, seed)
    assert.is(
      vectors.cuts.reduce((sum, length) => sum + length, 0),
      1 << 20,
    )
  })

  test(`${visibility}: a part is its kind and what is sealed`, () => {
    const { plaintext, ref, chunk } = vectors.part
    assert.is(chunk.slice(0, 2), '03')
    assert.is(opened(scope, 3, ref.id, chunk.slice(2)).toString('hex'), plaintext)
    assert.equal([ref.child, ref.bytes, ref.reachable], [hash(chunk), plaintext.length / 2, chunk.length / 2])
  })

  test(`${visibility}: a file of no bytes is an empty node`, () => {
    const { ref, chunk } = vectors.emptyFile
    assert.is(chunk, `04000000${ref.id}`)
    assert.is(opened(scope, 4, ref.id, '').length, 0)
    assert.equal([ref.child, ref.bytes, ref.reachable], [hash(chunk), 0, 36])
  })

  test(`${visibility}: a node lists its parts, which are cut as the first ones of the longer sample`, () => {
    const { ref, parts, chunk, bytes } = vectors.node
    const count = parts.length.toString(16).padStart(4, '0')
    assert.is(chunk.slice(0, 8 + 64 * parts.length), `0400${count}${parts.join('')}`)
    const rest = chunk.slice(8 + 64 * parts.length)
    assert.is(rest.slice(0, 64), ref.id)
    const list = opened(scope, 4, ref.id, rest.slice(64))
    const lengths = parts.map((_, at) => Number(list.readBigUInt64BE(at * 40 + 32)))
    assert.is(list.length, parts.length * 40)
    assert.equal(lengths.slice(0, -1), vectors.cuts.slice(0, lengths.length - 1))
    assert.is(
      lengths.reduce((sum, length) => sum + length, 0),
      bytes,
    )
    assert.equal([ref.child, ref.bytes, ref.reachable], [hash(chunk), bytes, bytes + parts.length + chunk.length / 2])
  })

  test(`${visibility}: a directory lists its items in the order of their names, each child once`, () => {
    const { items, ref, chunk } = vectors.directory
    const sorted = [...items].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
    const children: string[] = []
    const list = sorted.map(({ kind, name, mode, bytes, child, id, target }) => {
      const field = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
      const text = (value: string, digits: number) =>
        field(Buffer.from(value).length, digits) + Buffer.from(value).toString('hex')
      if (target !== undefined) return `${text(name, 2)}02${text(target, 4)}`
      if (!children.includes(child)) children.push(child)
      const code = kind === 'file' ? '00' : '01'
      return text(name, 2) + code + field(mode, 4) + field(bytes, 16) + field(children.indexOf(child), 2) + id
    })
    const clear = `0500${children.length.toString(16).padStart(2, '0')}${children.join('')}${ref.id}`
    assert.is(chunk.slice(0, clear.length), clear)
    assert.is(opened(scope, 5, ref.id, chunk.slice(clear.length)).toString('hex'), list.join(''))
    assert.is(ref.child, hash(chunk))
    const below = children.map((child) => items.find((item) => item.child === child)?.reachable ?? Number.NaN)
    assert.is(
      ref.reachable,
      below.reduce((sum, bytes) => sum + bytes, chunk.length / 2),
    )
  })

  test(`${visibility}: a large directory is split where a name's mark begins with six zeros`, () => {
    const { ref, parts, chunk } = vectors.splitDirectory
    const clear = `05${parts.length.toString(16).padStart(4, '0')}${parts.join('')}${ref.id}`
    assert.is(chunk.slice(0, clear.length), clear)
    const list = opened(scope, 5, ref.id, chunk.slice(clear.length))
    const names: string[] = []
    for (let at = 0; at < list.length; ) {
      const length = list[at] ?? 0
      names.push(list.subarray(at + 1, at + 1 + length).toString())
      assert.equal([...list.subarray(at + 1 + length, at + 3 + length)], [3, names.length - 1])
      at += 1 + length + 2 + 32
    }
    const sorted = Array.from({ length: 1000 }, (_, at) => String(at)).sort()
    const firsts: string[] = []
    let length = 0
    for (const name of sorted) {
      const mark = blake3(Buffer.concat([Buffer.from([5]), Buffer.from(name)]), { key: Buffer.from(scope, 'hex') })
      if (length === 0 || length === 256 || (length >= 32 && ((mark[0] ?? 0) & 63) === 0)) {
        firsts.push(name)
        length = 0
      }
      length++
    }
    assert.equal(names, firsts)
    assert.is(ref.child, hash(chunk))
  })
}

test.run()
