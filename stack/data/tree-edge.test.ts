// The tree that grows page by page is the one that a builder makes who sees all pages at once.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { filled } from '../../test/samples/name.js'
import { toHex } from '../bytes/index.js'
import { decodeTree, encodeTree, summaryOf, type TreeChild } from './tree.js'
import { TreeEdge } from './tree-edge.js'

const crypto = await openTestCrypto()
const test = suite('data/tree-edge')

function pageAt(index: number): TreeChild {
  const name = filled(0)
  new DataView(name.buffer).setUint32(0, index)
  return { name, entries: 1 + (index % 3), bytes: index, reachable: 100 }
}

/** Level by level, 256 at a time, until one is left; a single page still gets a tree. */
function treeOfAll(pages: readonly TreeChild[]): TreeChild {
  let row = pages
  for (let level = 0; level === 0 || row.length > 1; level++) {
    const above: TreeChild[] = []
    for (let at = 0; at < row.length; at += 256) {
      const children = row.slice(at, at + 256)
      above.push(summaryOf(crypto, encodeTree({ level, children }), children))
    }
    row = above
  }
  return row[0] as TreeChild
}

test('no page, no top', () => {
  assert.is(
    new TreeEdge().root(crypto, () => {}),
    undefined,
  )
})

test('after any number of pages the top is that of all pages at once, and all of the tree was emitted', () => {
  const edge = new TreeEdge()
  const stored = new Map<string, Uint8Array>()
  const emit = (name: Uint8Array, chunk: Uint8Array) => stored.set(toHex(name), chunk)
  const interesting = new Set([1, 2, 255, 256, 257, 511, 512, 513, 700, 65_535, 65_536, 65_537, 65_793])
  const pages: TreeChild[] = []
  for (let index = 0; index < 65_793; index++) {
    const page = pageAt(index)
    pages.push(page)
    edge.push(crypto, page, emit)
    if (!interesting.has(pages.length)) continue
    const top = edge.root(crypto, emit)
    assert.equal(top, treeOfAll(pages), `${pages.length} pages`)
    const chunk = stored.get(toHex(top?.name ?? filled(0)))
    const tree = decodeTree(chunk ?? filled(0))
    assert.is(typeof tree === 'object' && tree.level, pages.length <= 256 ? 0 : pages.length <= 65_536 ? 1 : 2)
  }
  const seen = countTrees(stored, treeOfAll(pages).name)
  assert.is(seen, 258 + 2 + 1)
})

/** Trees from a top down to level 0; throws where one was never emitted. */
function countTrees(stored: ReadonlyMap<string, Uint8Array>, name: Uint8Array): number {
  const tree = decodeTree(stored.get(toHex(name)) ?? filled(0))
  if (typeof tree === 'string') throw new Error(tree)
  return tree.level === 0 ? 1 : tree.children.reduce((sum, child) => sum + countTrees(stored, child.name), 1)
}

test('a copy grows alone', () => {
  const edge = new TreeEdge()
  edge.push(crypto, pageAt(0), () => {})
  const before = edge.root(crypto, () => {})
  edge.copy().push(crypto, pageAt(1), () => {})
  assert.equal(
    edge.root(crypto, () => {}),
    before,
  )
})

test.run()
