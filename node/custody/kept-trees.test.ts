// Keeping logs of others: only what is missing is fetched, all of it is on disk, and what is let go of is what nobody
// else needs.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError } from '../../errors/index.js'
import type { HeldHead } from '../../stack/data/index.js'
import { bytesOf, extend, filledLog, keeping, keptOf, namesOf } from '../../test/node/keeping.js'
import { patterned } from '../../test/samples/log.js'

const test = suite('node/custody/kept-trees')
const signal = new AbortController().signal
const plenty = { maxBytes: 2 ** 40, signal }

test('all of a log is fetched once, counted, and read again from disk after a restart', async () => {
  const log = filledLog(5)
  const names = namesOf(log)
  await keeping([log], async (keeper) => {
    const kept = await keeper.trees.keep(log.held, undefined, plenty)
    assert.equal([kept.ended, kept.chunks, kept.bytes], [undefined, names.size, bytesOf(log)])
    assert.is(keeper.hub.fetched.length, names.size - 1)
    await keeper.reopen()
    for (const name of names) assert.ok(keeper.store.readKept(name))
    const again = await keeper.trees.keep(log.held, undefined, plenty)
    assert.equal([again.chunks, keeper.hub.fetched.length], [names.size, names.size - 1])
  })
})

test('a newer state costs only what is new, and the trees that it replaces are let go of', async () => {
  const log = filledLog(4)
  await keeping([log], async (keeper) => {
    const before = await keeper.trees.keep(log.held, undefined, plenty)
    const earlier = log.held
    const fetched = keeper.hub.fetched.length
    extend(log, 90)
    const more = await keeper.trees.keep(log.held, { held: earlier, ...before }, plenty)
    assert.ok(keeper.hub.fetched.length - fetched <= 10)
    const freed = await keeper.trees.releaseEdge(earlier, more.names)
    const [past, now] = [namesOf(log, earlier), namesOf(log)]
    assert.is(keptOf(keeper.store, now), now.size)
    const gone = [...past].filter((name) => !now.has(name))
    assert.ok(gone.length > 0)
    assert.is(freed.chunks, gone.length)
    assert.equal([more.bytes - freed.bytes, more.chunks - freed.chunks], [bytesOf(log), now.size])
    for (const name of gone) assert.is(keeper.store.keptChunk(name), undefined)
  })
})

test('every state of a growing log is whole, also where a full tree becomes part of a higher one', async () => {
  const log = filledLog(1)
  await keeping([log], async (keeper) => {
    let before = await keeper.trees.keep(log.held, undefined, plenty)
    // 300 closed pages: the tree gets a second level at 256.
    for (let round = 0; round < 20; round++) {
      const earlier: HeldHead = log.held
      for (let page = 0; page < 15; page++) log.appendSizes(32_000, 29_000)
      const more = await keeper.trees.keep(log.held, { held: earlier, ...before }, plenty)
      await keeper.trees.releaseEdge(earlier, more.names)
      before = more
    }
    const names = namesOf(log)
    assert.ok(names.size > 300)
    assert.is(keptOf(keeper.store, names), names.size)
  })
})

test('what two logs share stays as long as one of them is kept, and a walk under way loses nothing', async () => {
  // The same files under two keys.
  const [first, second] = [filledLog(4), filledLog(4, patterned(32, 78))]
  await keeping([first, second], async (keeper) => {
    await keeper.trees.keep(first.held, undefined, plenty)
    const owner = {}
    let others: { owner: object; held: HeldHead }[] = []
    keeper.trees.addSource(() => others)
    const [freed] = await Promise.all([
      keeper.trees.release(first.held),
      keeper.trees.keep(second.held, undefined, plenty),
    ])
    others = [{ owner, held: second.held }]
    assert.ok(freed.bytes > 0)
    assert.is(keptOf(keeper.store, namesOf(second)), namesOf(second).size)
    await keeper.trees.keep(first.held, undefined, plenty)
    await keeper.trees.release(first.held)
    assert.is(keptOf(keeper.store, namesOf(second)), namesOf(second).size)
    assert.ok(keptOf(keeper.store, namesOf(first)) < namesOf(first).size)
    others = []
    await keeper.trees.release(second.held)
    assert.equal([keptOf(keeper.store, namesOf(second)), keeper.store.stats().kept.chunks], [0, 0])
  })
})

test('one of thousands of logs is let go of without reading the others again, and everybody has a turn meanwhile', async () => {
  const [first, second] = [filledLog(2), filledLog(2, patterned(32, 79), 700)]
  await keeping([first, second], async (keeper) => {
    await keeper.trees.keep(first.held, undefined, plenty)
    await keeper.trees.keep(second.held, undefined, plenty)
    const others = Array.from({ length: 1_000 }, () => ({ owner: {}, held: second.held }))
    keeper.trees.addSource(() => others)
    let reads = 0
    const { readKept } = keeper.store
    keeper.store.readKept = (name) => {
      reads += 1
      return readKept.call(keeper.store, name)
    }
    let turns = 0
    const count = (): void => {
      turns += 1
      if (!isOver) setImmediate(count)
    }
    let isOver = false
    setImmediate(count)
    await keeper.trees.release(first.held)
    isOver = true
    assert.is(keptOf(keeper.store, namesOf(second)), namesOf(second).size)
    assert.not([...namesOf(first)].some((name) => keeper.store.keptChunk(name) !== undefined))
    assert.ok(reads < 100, `${reads} chunks were read`)
    assert.ok(turns >= 10, `${turns} turns`)
  })
})

test('it ends at its limit, and what came within it is the newest', async () => {
  const log = filledLog(6)
  await keeping([log], async (keeper) => {
    const maxBytes = Math.floor(bytesOf(log) / 2)
    const kept = await keeper.trees.keep(log.held, undefined, { ...plenty, maxBytes })
    assert.is(kept.ended, 'too-large')
    assert.ok(kept.bytes <= maxBytes && kept.bytes > maxBytes - 61_440)
    assert.is(keptOf(keeper.store, kept.names), kept.names.size)
  })
})

test('what nobody has ends it with NO_HOLDER, and what came before that is on disk', async () => {
  const log = filledLog(4)
  await keeping([log], async (keeper) => {
    const names = [...namesOf(log)]
    const missing = names.findLast((name) => log.chunk(name)[0] === 3)
    if (missing === undefined) throw new Error('no part')
    const lost = log.chunk(missing)
    for (const [name, bytes] of log.chunks) if (bytes === lost) log.chunks.delete(name)
    const failed = await keeper.trees.keep(log.held, undefined, plenty).catch((error: unknown) => error)
    assert.ok(isRunnelError(failed, 'NO_HOLDER'))
    assert.ok(keptOf(keeper.store, namesOf(filledLog(4))) > 1)
  })
})

test.run()
