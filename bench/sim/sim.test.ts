// The simulation of scale: the tree is one, the load follows Zipf's law, the model agrees with real nodes where both run, and
// the same seed gives the same figures. Only what is counted is looked at.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkAt, modelAt, sizesTo } from './index.js'
import { Load } from './load.js'
import { openModelCache } from './model-cache.js'
import { differenceOf, lines } from './render.js'
import { IspTree, Level } from './shape.js'

const test = suite('bench/sim')

for (const nodes of [40, 1_000, 54_321]) {
  test(`a tree of ${nodes} nodes has exactly these, each below one of the level above`, () => {
    const tree = new IspTree(nodes)
    assert.is(1 + tree.metros + tree.accesses + tree.homes, nodes)
    const used = new Set<number>()
    for (let node = 1; node < nodes; node++) {
      const above = tree.above(node)
      assert.is(tree.levelOf(above), tree.levelOf(node) - 1)
      used.add(above)
    }
    for (let node = 0; node < tree.firstHome; node++) assert.ok(used.has(node), `nobody is below ${node}`)
  })
}

test('the way from home to home climbs to the first router above both, and goes down from there', () => {
  const tree = new IspTree(1_000)
  const [first, last] = [tree.firstHome, tree.nodes - 1]
  const far = tree.way(first, last)
  assert.equal(
    far.map((node) => tree.levelOf(node)),
    [Level.access, Level.metro, Level.root, Level.metro, Level.access, Level.home],
  )
  assert.is(far.at(-1), last)
  assert.equal(tree.way(first, first + 1), [tree.above(first), first + 1])
})

test('reads follow Zipf’s law, and every object has one owner', () => {
  const tree = new IspTree(3_000)
  const load = new Load('zipf', tree)
  const counts = new Array<number>(load.objects).fill(0)
  let reads = 0
  load.forEachRead((reader, object) => {
    assert.is(tree.levelOf(reader), Level.home)
    counts[object] = (counts[object] ?? 0) + 1
    reads++
  })
  assert.is(reads, load.reads)
  const top = counts.slice(0, 10).reduce((sum, count) => sum + count, 0)
  const next = counts.slice(10, 20).reduce((sum, count) => sum + count, 0)
  // Ranks 1 to 10 and 11 to 20 under the exponent 0.8 are read as 3.1 : 1.
  assert.ok(top / next > 2.6 && top / next < 3.6, `${top / next}`)
  const owners = new Set(counts.map((_, object) => load.ownerOf(object)))
  assert.is(owners.size, load.publishers)
})

test('a cache of the model that is full lets go, and keeps what is used', () => {
  const cache = openModelCache(4_194_304, Number.POSITIVE_INFINITY)
  cache.put(0)
  for (let object = 1; object < 2_000; object++) {
    assert.ok(cache.use(0), `${object}`)
    cache.put(object)
  }
  assert.not(cache.use(1))
  assert.ok(cache.use(1_999))
})

test('the model says what real nodes do, to a few points, and one copy of a live entry crosses each link', async () => {
  const check = await checkAt('1', 150)
  for (const line of lines.filter(({ checked }) => checked)) {
    const difference = Math.abs(differenceOf(line, check))
    assert.ok(difference <= 5, `${line.title}: ${line.of(check.real)} and ${line.of(check.model)}`)
  }
  assert.is(check.real.writerCopies, 1)
  assert.is(check.real.liveCrossings, check.model.liveCrossings)
  assert.is(check.real.refusedShare, 0)
})

test('the same seed gives the same figures, and another one others', () => {
  assert.equal(modelAt('1', 2_000), modelAt('1', 2_000))
  assert.not.equal(modelAt('1', 2_000), modelAt('2', 2_000))
})

test('a root’s table is full before there are a hundred thousand nodes, and then reads find nobody; a larger one finds all', () => {
  const [small, large] = [modelAt('1', 10_000), modelAt('1', 70_000)]
  assert.is(small.rootRoutes, small.rootRoutesWanted)
  assert.is(small.refusedShare, 0)
  assert.ok(large.rootRoutes < large.rootRoutesWanted)
  assert.ok(large.refusedShare > 0)
  const roomy = modelAt('1', 70_000, 1_000_000)
  assert.is(roomy.rootRoutes, roomy.rootRoutesWanted)
  assert.is(roomy.refusedShare, 0)
})

test('sizes are powers of ten and the size itself; the command prints them, and refuses what is none', () => {
  assert.equal(sizesTo(100_000), [1_000, 10_000, 100_000])
  assert.equal(sizesTo(5_000), [1_000, 5_000])
  const main = join(import.meta.dirname, '..', 'main.js')
  const command = (...args: string[]) => spawnSync(process.execPath, [main, 'sim', ...args], { encoding: 'utf8' })
  const { status, stdout, stderr } = command('--nodes', '2000', '--real', '0')
  assert.is(status, 0, stderr)
  assert.match(stdout, '| by the model | 1,000 nodes | 2,000 nodes |')
  for (const args of [
    ['--nodes', '7'],
    ['--nodes', 'many'],
    ['--real', '100000'],
  ])
    assert.is(command(...args).status, 2)
})

test.run()
