// Pins: durable, announced, newest first within a size, and gone without a rest when they are taken away.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError } from '../../errors/index.js'
import { toHex } from '../../stack/bytes/index.js'
import type { Link } from '../../stack/name/index.js'
import { bytesOf, extend, filledLog, keeping, keptOf, namesOf } from '../../test/node/keeping.js'
import { patterned, type SampleLog } from '../../test/samples/log.js'
import { maxPins } from './limits.js'

const test = suite('node/custody/pins')
const signal = new AbortController().signal
const nothing = (): void => {}

function linkOf({ log }: SampleLog): Link {
  return { target: 'log', key: log, label: undefined, secret: undefined, path: [] }
}

test('a pinned log is whole, announced, served as head and chunks, and still so after a restart', async () => {
  const log = filledLog(4)
  await keeping([log], async (keeper) => {
    const pin = await keeper.pins.pin(linkOf(log), 2 ** 30, signal, nothing)
    assert.equal([pin.whole, pin.bytes, pin.problem], [true, bytesOf(log), undefined])
    for (let round = 0; round < 2; round++) {
      assert.equal(keeper.hub.announced, [`log ${toHex(log.log)}`])
      assert.is(keptOf(keeper.store, namesOf(log)), namesOf(log).size)
      assert.equal(keeper.store.head(log.log)?.headBytes, log.held.headBytes)
      assert.equal(
        keeper.pins.list().map(({ link, bytes, whole }) => ({ link, bytes, whole })),
        [{ link: pin.link, bytes: bytesOf(log), whole: true }],
      )
      keeper.hub.announced.length = 0
      await keeper.reopen()
    }
  })
})

test('what is appended is fetched, nothing else again, and the bytes that are shown are those on disk', async () => {
  const log = filledLog(4)
  await keeping([log], async (keeper) => {
    await keeper.pins.pin(linkOf(log), 2 ** 30, signal, nothing)
    const fetched = keeper.hub.fetched.length
    for (let round = 0; round < 5; round++) {
      extend(log, 100 + round)
      const pin = await keeper.pins.pin(linkOf(log), 2 ** 30, signal, nothing)
      assert.equal([pin.whole, pin.bytes], [true, bytesOf(log)])
      if (round === 2) await keeper.reopen()
    }
    assert.ok(keeper.hub.fetched.length - fetched < 50)
    assert.is(keeper.store.stats().kept.chunks, namesOf(log).size)
  })
})

test('within its size it keeps the newest and drops the oldest', async () => {
  const log = filledLog(6)
  await keeping([log], async (keeper) => {
    const sizeBytes = Math.floor(bytesOf(log) / 2)
    const first = await keeper.pins.pin(linkOf(log), sizeBytes, signal, nothing)
    assert.is(first.whole, false)
    assert.ok(first.bytes <= sizeBytes)
    const early = namesOf(log)
    extend(log, 200)
    extend(log, 201)
    const pin = await keeper.pins.pin(linkOf(log), sizeBytes, signal, nothing)
    assert.ok(pin.bytes <= sizeBytes && pin.bytes > sizeBytes / 2)
    const kept = [...namesOf(log)].filter((name) => keeper.store.keptChunk(name) !== undefined)
    assert.ok(kept.some((name) => !early.has(name)))
    assert.is(keeper.store.stats().kept.chunks, kept.length)
    const larger = await keeper.pins.pin(linkOf(log), 2 ** 30, signal, nothing)
    assert.equal([larger.whole, larger.bytes], [true, bytesOf(log)])
    const smaller = await keeper.pins.pin(linkOf(log), sizeBytes, signal, nothing)
    assert.ok(smaller.bytes <= sizeBytes && !smaller.whole)
  })
})

test('unpin gives all of its space back, withdraws, and what another pin needs stays', async () => {
  const [first, second] = [filledLog(3), filledLog(3, patterned(32, 78))]
  await keeping([first, second], async (keeper) => {
    await keeper.pins.pin(linkOf(first), 2 ** 30, signal, nothing)
    await keeper.pins.pin(linkOf(second), 2 ** 30, signal, nothing)
    const { freedBytes } = await keeper.pins.unpin(linkOf(first))
    assert.ok(freedBytes > 0)
    assert.is(keptOf(keeper.store, namesOf(second)), namesOf(second).size)
    assert.equal(keeper.hub.announced, [`log ${toHex(second.log)}`])
    await keeper.pins.unpin(linkOf(second))
    assert.is(keeper.store.stats().kept.chunks, 0)
    assert.ok(isRunnelError(await keeper.pins.unpin(linkOf(second)).catch((error: unknown) => error), 'NOT_FOUND'))
    await keeper.reopen()
    assert.equal(keeper.pins.list(), [])
  })
})

test('a log whose head nobody has is not pinned; one that cannot be fetched whole is, and says why', async () => {
  const [unknown, holed] = [filledLog(1, patterned(32, 79)), filledLog(3)]
  await keeping([holed], async (keeper) => {
    const refused = await keeper.pins.pin(linkOf(unknown), 2 ** 30, signal, nothing).catch((error: unknown) => error)
    assert.ok(isRunnelError(refused, 'NO_HOLDER'))
    assert.equal(keeper.pins.list(), [])
    const [name, bytes] = [...holed.chunks].findLast(([, chunk]) => chunk[0] === 3) ?? []
    if (name === undefined || bytes === undefined) throw new Error('no part')
    holed.chunks.delete(name)
    const pin = await keeper.pins.pin(linkOf(holed), 2 ** 30, signal, nothing)
    assert.match(pin.problem ?? '', /nobody/)
    assert.is(pin.whole, false)
    holed.chunks.set(name, bytes)
    const again = await keeper.pins.pin(linkOf(holed), 2 ** 30, signal, nothing)
    assert.equal([again.whole, again.problem], [true, undefined])
    // What the failed walk had fetched belongs to the pin, and goes with it.
    await keeper.pins.unpin(linkOf(holed))
    assert.is(keeper.store.stats().kept.chunks, 0)
  })
})

test('a log that does not add up is refused, and nothing of it stays', async () => {
  const log = filledLog(3)
  const held = log.sign({ reachable: log.held.head.reachable - 1 })
  await keeping([log], async (keeper) => {
    log.heads.push(held)
    const pin = await keeper.pins.pin(linkOf(log), 2 ** 30, signal, nothing)
    assert.match(pin.problem ?? '', /does not add up/)
    assert.is(keeper.store.stats().kept.chunks, 0)
  })
})

test(`a node has at most ${maxPins} pins`, async () => {
  const log = filledLog(1)
  await keeping([log], async (keeper) => {
    const record = (link: string) =>
      new TextEncoder().encode(JSON.stringify({ link, sealed: false, sizeBytes: 1, sinceMs: 1, logs: [] }))
    for (let index = 0; index < maxPins; index++) await keeper.store.setValue(`pin/${index}`, record(`${index}`))
    await keeper.reopen()
    const refused = await keeper.pins.pin(linkOf(log), 2 ** 30, signal, nothing).catch((error: unknown) => error)
    assert.ok(isRunnelError(refused, 'TOO_MANY'))
  })
})

test.run()
