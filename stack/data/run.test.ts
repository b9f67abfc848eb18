// Runs, and the entries, references and notes inside them: the layouts, and that the seal holds them to their place.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { assertCorpus, assertDecoder } from '../../test/samples/decoders.js'
import { filled } from '../../test/samples/name.js'
import { concat, isWellFormed, Writer } from '../bytes/index.js'
import { runScope, seal } from '../crypto/index.js'
import { ChunkKind } from './chunk.js'
import { decodeEntries, type Entry, EntryFlag, encodeEntries } from './entry.js'
import {
  maxChunkBytes,
  maxEntryBytes,
  maxNoteNameBytes,
  maxRunBodyBytes,
  maxRunChildren,
  maxRunEntries,
} from './limits.js'
import { decodeNote, encodeNote, type Note } from './note.js'
import { decodeReference, encodeReference, type Reference } from './reference.js'
import { decodeRun, encodeRun, openRun, type Run, type RunChild, runBytes } from './run.js'

const crypto = await openTestCrypto()
const scope = runScope(crypto, filled(5), filled(6))
const test = suite('data/run')

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const u64 = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const reference: fc.Arbitrary<Reference> = fc.record({
  id: bytes32,
  child: fc.integer({ min: 0, max: 255 }),
  kind: fc.constantFrom(0, 1),
  bytes: u64,
})
const name = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..' && isWellFormed(text))
const note: fc.Arbitrary<Note> = fc.record({
  files: u64,
  bytes: u64,
  mode: fc.integer({ min: 0, max: 0o777 }),
  added: u32,
  changed: u32,
  removed: u32,
  name,
})

/** Two children, so that every reference is to one of them. */
const children: RunChild[] = [
  { name: filled(1), reachable: 100 },
  { name: filled(2), reachable: Number.MAX_SAFE_INTEGER },
]
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.tuple(u64, fc.uint8Array({ maxLength: 40 })).map(([timeMs, bytes]) => ({ timeMs, flags: 0, bytes })),
  fc
    .tuple(u64, fc.constantFrom(EntryFlag.reference, EntryFlag.reference | EntryFlag.site), reference, fc.uint8Array())
    .map(([timeMs, flags, value, rest]) => ({
      timeMs,
      flags,
      bytes: concat(encodeReference({ ...value, child: value.child % 2 }), rest),
    })),
)
const entries = fc.array(entry, { minLength: 1, maxLength: 6 })
const first = fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER - 6))

/** The bytes of a decoded run. */
function encodeClear(run: Run): Uint8Array {
  const body = new Writer().u8(run.children.length)
  for (const child of run.children) body.put(child.name).u64(child.reachable)
  body.u64(run.first).u16(run.count).put(run.id).put(run.sealed)
  return new Writer().lp16(body.bytes()).bytes()
}

function opened(run: Uint8Array, key = scope): Entry[] | string {
  const decoded = decodeRun(run)
  return typeof decoded === 'string' ? decoded : openRun(crypto, key, decoded)
}

test('a run is read as it was written, and whatever else is refused', () => {
  const valid = fc.tuple(first, entries).map(([at, values]) => encodeRun(crypto, scope, at, values, children))
  assertDecoder({ valid, decode: decodeRun, encode: encodeClear })
})

test('a run opens to its entries', () => {
  fc.assert(
    fc.property(first, entries, (at, values) => {
      const run = encodeRun(crypto, scope, at, values, children)
      assert.equal(opened(run), values)
      const clear = decodeRun(run) as Run
      assert.equal([clear.first, clear.count, clear.children], [at, values.length, children])
      assert.is(
        clear.entryBytes,
        values.reduce((sum, { bytes }) => sum + bytes.length, 0),
      )
      assert.is(runBytes(clear), run.length)
    }),
  )
})

test('entries are read as they were written, and whatever else is refused', () => {
  const framed = (bytes: Uint8Array) =>
    bytes.length === 0 ? 'too-short' : decodeEntries(bytes.subarray(1), bytes[0] ?? 0, 2)
  const encode = (values: readonly Entry[]) => concat(Uint8Array.of(values.length), encodeEntries(values, 2))
  assertDecoder({ valid: entries.map(encode), decode: framed, encode })
})

test('references and notes are read as they were written, and whatever else is refused', () => {
  assertDecoder({ valid: reference.map(encodeReference), decode: decodeReference, encode: encodeReference })
  assertDecoder({ valid: note.map(encodeNote), decode: decodeNote, encode: encodeNote })
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('the corpora are read and refused as their names say', () => {
  assertCorpus('stack/data/corpus/run', decodeRun)
  assertCorpus('stack/data/corpus/entries', (bytes) => decodeEntries(bytes, 2, 1))
  assertCorpus('stack/data/corpus/reference', decodeReference)
  assertCorpus('stack/data/corpus/note', decodeNote)
})

test('a run does not open under another secret, for another log, or as another sequence', () => {
  const run = encodeRun(crypto, scope, 7, [{ timeMs: 1, flags: 0, bytes: filled(1) }], [])
  assert.is(opened(run, runScope(crypto, filled(5), filled(7))), 'bad-seal')
  assert.is(opened(run, runScope(crypto, filled(5), undefined)), 'bad-seal')
  assert.is(opened(run, runScope(crypto, filled(4), filled(6))), 'bad-seal')
  const moved = run.slice()
  moved[3 + 7] = 8
  assert.is(opened(moved), 'bad-seal')
})

test('equal entries at another place look different', () => {
  const values = [{ timeMs: 1, flags: 0, bytes: filled(1) }]
  const [one, two] = [1, 2].map((at) => decodeRun(encodeRun(crypto, scope, at, values, [])) as Run) as [Run, Run]
  assert.not.equal(one.id, two.id)
  assert.not.equal(one.sealed, two.sealed)
})

test('a run whose sealed entries are not as many as it says in clear is refused', () => {
  const plaintext = encodeEntries([{ timeMs: 1, flags: 0, bytes: new Uint8Array(40) }], 0)
  for (const count of [2, 3]) {
    const { id, sealed } = seal(crypto, scope, ChunkKind.page, new Writer().u64(0).bytes(), plaintext)
    const body = new Writer().u8(0).u64(0).u16(count).put(id).put(sealed).bytes()
    assert.is(opened(new Writer().lp16(body).bytes()), 'too-short')
  }
})

// protocol.md §13 MUST: Limits of the format: what exceeds one
test('a run takes the most entries, children and bytes, and not one more', () => {
  const one: Entry = { timeMs: 1, flags: 0, bytes: new Uint8Array(0) }
  const many = (count: number) => new Array<Entry>(count).fill(one)
  const fullest = encodeRun(crypto, scope, 0, many(maxRunEntries), [])
  assert.ok(fullest.length <= maxChunkBytes - 1 && fullest.length > maxChunkBytes - 1 - 11)
  assert.is((opened(fullest) as Entry[]).length, maxRunEntries)
  assert.throws(() => encodeRun(crypto, scope, 0, many(maxRunEntries + 1), []), /entries/)
  assert.throws(() => encodeRun(crypto, scope, 0, [], []), /0 entries/)
  const kids = (count: number) => new Array<RunChild>(count).fill({ name: filled(1), reachable: 1 })
  assert.is(
    (decodeRun(encodeRun(crypto, scope, 0, [one], kids(maxRunChildren))) as Run).children.length,
    maxRunChildren,
  )
  assert.throws(() => encodeRun(crypto, scope, 0, [one], kids(maxRunChildren + 1)), /children/)
  const sized = (bytes: number) => [
    { ...one, bytes: new Uint8Array(maxEntryBytes) },
    { ...one, bytes: new Uint8Array(bytes) },
  ]
  const rest = maxRunBodyBytes - 43 - 22 - maxEntryBytes
  assert.is(encodeRun(crypto, scope, 0, sized(rest), []).length, maxRunBodyBytes + 2)
  assert.throws(() => encodeRun(crypto, scope, 0, sized(rest + 1), []), /a run of/)
  assert.throws(() => encodeRun(crypto, scope, Number.MAX_SAFE_INTEGER, [one], []), /a sequence/)
})

// protocol.md §6.1 MUST: Other bits MUST be 0
test('an entry takes the most bytes and not one more, and no flags that mean nothing', () => {
  const sized = (bytes: number, flags = 0) => [{ timeMs: 0, flags, bytes: new Uint8Array(bytes) }]
  assert.is(typeof decodeEntries(encodeEntries(sized(maxEntryBytes), 0), 1, 0), 'object')
  assert.throws(() => encodeEntries(sized(maxEntryBytes + 1), 0), RangeError)
  assert.throws(() => encodeEntries(sized(50, 4), 1), /bad-flags/)
  assert.throws(() => encodeEntries(sized(50, EntryFlag.site), 1), /bad-flags/)
  assert.throws(() => encodeEntries(sized(41, EntryFlag.reference), 1), /too-short/)
  assert.throws(() => encodeEntries(sized(42, EntryFlag.reference), 0), /bad-index/)
  assert.is(typeof encodeEntries(sized(42, EntryFlag.reference), 1), 'object')
})

test('a name in a note leads nowhere else, and has at most 255 bytes', () => {
  const named = (text: string): Note => ({ files: 0, bytes: 0, mode: 0, added: 0, changed: 0, removed: 0, name: text })
  for (const bad of ['.', '..', 'a/b', '/', 'a\0', 'a'.repeat(maxNoteNameBytes + 1)]) {
    assert.throws(() => encodeNote(named(bad)), RangeError, bad)
  }
  for (const good of ['', '...', 'ä', 'a'.repeat(maxNoteNameBytes)]) {
    assert.equal(decodeNote(encodeNote(named(good))), named(good))
  }
  assert.throws(() => encodeNote({ ...named(''), mode: 0o1000 }), /mode/)
})

test.run()
