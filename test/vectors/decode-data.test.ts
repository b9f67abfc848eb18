// The vectors of logs, files, directories and frames are read and verified by the decoders of the stack, from the file.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { equal, toHex } from '../../stack/bytes/index.js'
import { fileScope, runScope } from '../../stack/crypto/index.js'
import {
  checkChunk,
  childrenOf,
  decodeDirectory,
  decodeNode,
  decodeNote,
  decodePage,
  decodeReference,
  decodeTree,
  forkOf,
  type HeldHead,
  openHeldHead,
  openPart,
  openRun,
  referenceBytes,
  verifyHeadAnswer,
} from '../../stack/data/index.js'
import { decodeAnnounce, decodeData, decodeInterest, decodeNack } from '../../stack/forward/index.js'
import { openTestCrypto } from '../provider.js'
import { accepted, bytesOf, type HeadVector, readVectors } from './file.js'

const crypto = await openTestCrypto()
const { log: vectors, files, forward, name } = readVectors()
const log = bytesOf(vectors.log)
const test = suite('vectors of logs, files and frames, decoded')

function held({ head, page, timeMs }: HeadVector): HeldHead {
  return accepted(openHeldHead(crypto, timeMs, log, bytesOf(head), bytesOf(page)))
}

test('heads and their pages verify, and each continues the one before', () => {
  const heads = vectors.heads.map(held)
  assert.equal(
    heads.map(({ head }) => head.length),
    [0, 2, 3],
  )
  for (const [at, later] of heads.slice(1).entries()) assert.is(forkOf(heads[at] as HeldHead, later), 'continues')
})

test('runs open to the entries, the reference and the note', () => {
  const page = accepted(decodePage(bytesOf(vectors.heads[2]?.page)))
  const scope = runScope(crypto, log, bytesOf(vectors.secret))
  const entries = page.runs.flatMap((run) => accepted(openRun(crypto, scope, run)))
  assert.equal(
    entries.map(({ timeMs, flags, bytes }) => [timeMs, flags, toHex(bytes.subarray(flags === 0 ? 0 : referenceBytes))]),
    vectors.entries.map(({ timeMs, flags, bytes }) => [timeMs, flags, bytes]),
  )
  for (const run of page.runs) assert.is(openRun(crypto, runScope(crypto, log, undefined), run), 'bad-seal')
  const reference = accepted(decodeReference(bytesOf(vectors.reference.encoded)))
  assert.equal([toHex(reference.id), reference.bytes], [vectors.reference.id, vectors.reference.bytes])
  assert.ok(equal(entries[2]?.bytes.subarray(0, referenceBytes) ?? log, bytesOf(vectors.reference.encoded)))
  assert.is(accepted(decodeNote(bytesOf(vectors.note.encoded))).name, vectors.note.name)
})

test('trees count what is below them', () => {
  const tree = accepted(decodeTree(bytesOf(vectors.tree.chunk)))
  assert.equal([tree.level, tree.children.length], [vectors.tree.level, vectors.tree.children.length])
  const [page, top] = vectors.closing.chunks
  const [child] = accepted(decodeTree(bytesOf(top?.chunk))).children
  assert.equal([toHex(child?.name ?? log), child?.entries], [page?.name, 4])
})

test('answers for a head verify against what the asker holds, and the last one proves a fork', () => {
  const byLength = new Map(vectors.heads.map((head) => [head.length, held(head)]))
  for (const [which, { have, payload }] of Object.entries(vectors.answers)) {
    const own = which === 'nothing' ? undefined : byLength.get(have.length)
    const answer = accepted(verifyHeadAnswer(crypto, name.seeds.timeMs + 2_000, log, own, bytesOf(payload)))
    assert.is(toHex(answer.held.headBytes), vectors.heads[2]?.head)
    assert.is(answer.fork !== undefined, which === 'conflict', which)
    assert.is(answer.refusedFork, undefined)
  }
})

for (const [visibility, file] of Object.entries(files)) {
  const scope = fileScope(crypto, file.secret === null ? undefined : bytesOf(file.secret))

  test(`${visibility}: chunks have their names, and as many children in clear as they list`, () => {
    const all = [file.part, file.emptyFile, file.node, file.emptyDirectory, file.directory, file.splitDirectory]
    for (const { ref, chunk } of all) assert.is(checkChunk(crypto, bytesOf(ref.child), bytesOf(chunk)), undefined)
    const counts = all.map(({ chunk }) => accepted(childrenOf(bytesOf(chunk))).length)
    assert.equal(counts, [0, 0, file.node.parts.length, 0, 5, file.splitDirectory.parts.length])
  })

  test(`${visibility}: parts and nodes open`, () => {
    const { part, node, emptyFile } = file
    assert.is(toHex(accepted(openPart(crypto, scope, bytesOf(part.ref.id), bytesOf(part.chunk)))), part.plaintext)
    const opened = accepted(decodeNode(crypto, scope, bytesOf(node.ref.id), bytesOf(node.chunk)))
    assert.equal(
      opened.children.map((child) => toHex(child.name)),
      node.parts,
    )
    assert.is(
      opened.children.reduce((sum, { bytes }) => sum + bytes, 0),
      node.bytes,
    )
    const empty = accepted(decodeNode(crypto, scope, bytesOf(emptyFile.ref.id), bytesOf(emptyFile.chunk)))
    assert.equal(empty, { level: 0, children: [] })
  })

  test(`${visibility}: directories open to their items`, () => {
    const { directory, splitDirectory } = file
    const items = accepted(decodeDirectory(crypto, scope, bytesOf(directory.ref.id), bytesOf(directory.chunk)))
    assert.equal(
      new Set(items.map(({ kind, name: itemName }) => `${kind} ${itemName}`)),
      new Set(directory.items.map(({ kind, name: itemName }) => `${kind} ${itemName}`)),
    )
    const more = accepted(decodeDirectory(crypto, scope, bytesOf(splitDirectory.ref.id), bytesOf(splitDirectory.chunk)))
    assert.ok(more.every(({ kind }) => kind === 'more'))
  })
}

test('frames of forwarding say what the file says', () => {
  for (const { token, key, answerBytes, body } of forward.interests) {
    const interest = accepted(decodeInterest(bytesOf(body)))
    assert.equal([interest.token, toHex(interest.key), interest.answerBytes], [token, key, answerBytes])
  }
  for (const { token, offset, total, payload, body } of forward.data) {
    const data = accepted(decodeData(bytesOf(body)))
    assert.equal([data.token, data.offset, data.total, toHex(data.payload)], [token, offset, total, payload])
  }
  for (const { reason, retryMs, body } of forward.nacks) {
    const nack = accepted(decodeNack(bytesOf(body)))
    assert.equal([nack.reason, nack.retryMs], [reason, retryMs])
  }
  for (const { rank, routes, body } of forward.announces) {
    const announce = accepted(decodeAnnounce(bytesOf(body)))
    const found = announce.routes.map(({ key, cost }) => [toHex(key), cost])
    assert.equal([announce.rank, found], [rank, routes.map(({ key, cost }) => [key, cost])])
  }
})

test.run()
