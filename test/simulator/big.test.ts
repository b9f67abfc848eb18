// wall limit: 600 s
// One world of a thousand nodes: everybody is shown what was appended, a chunk crosses a link once for all who read at the
// same time, and nothing is beyond its bounds. RUNNEL_BIG_NODES and RUNNEL_BIG_SEED make it another one.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Tree } from './big/tree.js'
import { runBigWorld } from './big.js'
import { Random } from './random.js'

const test = suite('simulator/big')
const nodes = Number(process.env.RUNNEL_BIG_NODES ?? 1_000)
const seed = process.env.RUNNEL_BIG_SEED ?? '1'

/** Memory that a node may take with what it has read, its disk included. The links of a node alone may take 130 kB. */
const bytesPerNodeMax = 1_500_000

test('a thousand nodes read while routers die and links are cut, and are shown exactly what was appended', async () => {
  const outcome = await runBigWorld({ seed, nodes, untilS: 30, report: console.log })
  console.log(JSON.stringify(outcome))
  assert.is(outcome.nodes, nodes)
  assert.ok(outcome.reads >= 2 * nodes, `${outcome.reads} reads`)
  assert.ok(outcome.faults > 2)
  assert.is(outcome.repeated, 0)
  assert.ok(outcome.copies > outcome.links, `${outcome.copies} chunks over ${outcome.links} links`)
  assert.ok(outcome.most.routes >= nodes, 'the root knows a way to every name')
  assert.ok(outcome.bytesPerNode < bytesPerNodeMax, `${outcome.bytesPerNode} bytes a node`)
})

test('two nodes are joined as long as one way between them works, and not by what has just come back', () => {
  const tree = new Tree(new Random('tree'), 200)
  const reader = tree.leaves.find((leaf) => tree.above[leaf]?.length === 1) as number
  const router = tree.above[reader]?.[0] as number
  const second = 1_000_000
  assert.ok(tree.joined(reader, 0, 0, second))
  tree.trouble(router, undefined, 10 * second, 11 * second)
  assert.not(tree.joined(reader, 0, 9 * second, 12 * second))
  assert.not(tree.joined(reader, 0, 20 * second, 21 * second), 'it is dialled again')
  assert.ok(tree.joined(reader, 0, 40 * second, 41 * second))
  const double = tree.leaves.find((leaf) => tree.above[leaf]?.length === 2) as number
  const [first, other] = tree.above[double] as [number, number]
  tree.trouble(double, first, 50 * second, 51 * second)
  assert.ok(tree.joined(double, 0, 50 * second, 51 * second), 'by its second router')
  tree.trouble(other, undefined, 50 * second, 51 * second)
  assert.not(tree.joined(double, 0, 50 * second, 51 * second))
})

test.run()
