// A custodian: what it signs it has, after every restart; what it may not, cannot or need not keep leaves nothing behind.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../stack/bytes/index.js'
import {
  auditProof,
  type CustodyMessage,
  type CustodyPolicy,
  graceMs,
  maxChallengesAMinute,
  noProof,
  type Refusal,
  verifyReceipt,
} from '../../stack/custody/index.js'
import { client, dayMs, OneCustodian } from '../../test/node/custody.js'
import { nack } from '../../test/node/fake-hub.js'
import { bytesOf, extend, filledLog, keptOf, namesOf } from '../../test/node/keeping.js'
import { crypto, inDirectory } from '../../test/node/temporary.js'
import { patterned, type SampleLog } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'

const test = suite('node/custody/custodian')

async function one(
  logs: readonly SampleLog[],
  policy: Partial<CustodyPolicy>,
  use: (custodian: OneCustodian) => Promise<void>,
): Promise<void> {
  await inDirectory(async (directory) => {
    const custodian = await OneCustodian.open(directory, 1, logs, policy)
    try {
      await use(custodian)
    } finally {
      await custodian.close()
    }
  })
}

function offerOf(log: SampleLog, wantUntilMs: number, change: Partial<CustodyMessage> = {}): CustodyMessage {
  const { headBytes, page } = log.held
  return { type: 'offer', request: 1, wantUntilMs, headBytes, page, name: undefined, ...change } as CustodyMessage
}

function untilIn(custodian: OneCustodian, days: number): number {
  return custodian.time.now().nowMs + days * dayMs
}

async function reasonOf(answer: Promise<CustodyMessage>): Promise<Refusal | string> {
  const came = await answer
  return came.type === 'refused' ? came.reason : came.type
}

// protocol.md §19 MUST: A RECEIPT MUST NOT be given before
test('a receipt is signed for what is on disk, and all of it is there after a restart, as long as was promised', async () => {
  const log = filledLog(5)
  await one([log], {}, async (custodian) => {
    const untilMs = untilIn(custodian, 30)
    let told = 0
    const answer = await custodian.ask(client, offerOf(log, untilMs), () => {
      told += 1
    })
    if (answer.type !== 'receipt') throw new Error(JSON.stringify(answer))
    const { receipt } = answer
    assert.ok(verifyReceipt(crypto, receipt))
    assert.equal([receipt.log, receipt.head, receipt.untilMs], [log.log, crypto.hash(log.held.headBytes), untilMs])
    assert.is(receipt.bytes, bytesOf(log))
    assert.ok(told > 0)
    await custodian.reopen()
    assert.is(keptOf(custodian.store, namesOf(log)), namesOf(log).size)
    assert.equal(custodian.store.head(log.log)?.headBytes, log.held.headBytes)
    assert.ok(custodian.hub.announced.includes(`log ${toHex(log.log)}`))
    assert.is(custodian.custodian.ledger.bytes, receipt.bytes)
    const listed = await custodian.ask(client, { type: 'list', request: 2, after: filled(0) })
    assert.equal(listed.type === 'listed' && listed.listed.map(({ bytes, untilMs }) => [bytes, untilMs]), [
      [receipt.bytes, untilMs],
    ])
    const others = await custodian.ask({ ...client, name: filled(33) }, { type: 'list', request: 3, after: filled(0) })
    assert.equal(others.type === 'listed' && others.listed, [])
  })
})

test('a renewal fetches only what is new, its bytes are exact, and the promise never becomes shorter', async () => {
  const log = filledLog(5)
  await one([log], {}, async (custodian) => {
    const untilMs = untilIn(custodian, 30)
    await custodian.ask(client, offerOf(log, untilMs))
    const fetched = custodian.hub.fetched.length
    for (let round = 0; round < 4; round++) {
      extend(log, 300 + round)
      if (round === 2) await custodian.reopen()
      const answer = await custodian.ask(client, offerOf(log, untilMs - dayMs))
      assert.equal(answer.type === 'receipt' && [answer.receipt.bytes, answer.receipt.untilMs], [bytesOf(log), untilMs])
    }
    assert.ok(custodian.hub.fetched.length - fetched < 40)
    assert.is(custodian.store.stats().kept.chunks, namesOf(log).size)
    const same = await custodian.ask(client, offerOf(log, untilMs + dayMs))
    assert.equal(same.type === 'receipt' && [same.receipt.bytes, same.receipt.untilMs], [bytesOf(log), untilMs + dayMs])
    assert.is(keptOf(custodian.store, namesOf(log)), namesOf(log).size)
  })
})

// protocol.md §19 MUST: A walk MUST end at the `reachable` of the head
test('what is larger than its head says, does not add up or cannot be had is refused, and nothing of it stays', async () => {
  const log = filledLog(3)
  const small = log.sign({ closedLength: 0, closedRoot: filled(0) })
  await one([log], {}, async (custodian) => {
    const untilMs = untilIn(custodian, 1)
    const refusedFor = (change: Partial<CustodyMessage>) =>
      reasonOf(custodian.ask(client, offerOf(log, untilMs, change)))
    assert.is(await refusedFor({ headBytes: small.headBytes }), 'badHead')
    assert.is(await refusedFor({ page: Uint8Array.of(1) }), 'badHead')
    const liar = filledLog(0, patterned(32, 90))
    extend(liar, 7, -1_000)
    assert.ok(liar.held.head.reachable < bytesOf(liar))
    custodian.hub.logs.push(liar)
    assert.is(await reasonOf(custodian.ask(client, offerOf(liar, untilMs))), 'tooLarge')
    const [name, bytes] = [...log.chunks].findLast(([, chunk]) => chunk[0] === 3) ?? []
    if (name === undefined || bytes === undefined) throw new Error('no part')
    log.chunks.delete(name)
    assert.is(await refusedFor({}), 'missing')
    log.chunks.set(name, bytes)
    assert.equal([custodian.store.stats().kept.chunks, custodian.custodian.ledger.size], [0, 0])
    assert.is(await refusedFor({}), 'receipt')
  })
})

test('quotas hold for what is declared and for what comes, and a restart knows them', async () => {
  const [first, second] = [filledLog(3), filledLog(3, patterned(32, 91), 50)]
  const clientBytes = Math.floor(bytesOf(first) * 1.5)
  await one([first, second], { clientBytes }, async (custodian) => {
    const untilMs = untilIn(custodian, 1)
    assert.is(await reasonOf(custodian.ask(client, offerOf(first, untilMs))), 'receipt')
    const kept = custodian.store.stats().kept.chunks
    assert.is(await reasonOf(custodian.ask(client, offerOf(second, untilMs))), 'quota')
    assert.is(custodian.store.stats().kept.chunks, kept)
    await custodian.reopen()
    assert.is(await reasonOf(custodian.ask(client, offerOf(second, untilMs))), 'quota')
    assert.is(await reasonOf(custodian.ask({ ...client, name: filled(40) }, offerOf(second, untilMs))), 'receipt')
    assert.equal([...custodian.custodian.refusals], [['quota', 1]])
  })
})

test('a log, a name or a chunk that is denied is not kept, and the reason is told', async () => {
  const log = filledLog(3)
  const part = [...namesOf(log)].find((name) => log.chunks.get(toHex(name))?.[0] === 3)
  if (part === undefined) throw new Error('no part')
  await one([log], { denied: new Map([[toHex(part), 'list 7, entry 12']]) }, async (custodian) => {
    const answer = await custodian.ask(client, offerOf(log, untilIn(custodian, 1)))
    assert.equal(answer.type === 'refused' && [answer.reason, answer.text], ['denied', 'list 7, entry 12'])
    assert.is(custodian.store.stats().kept.chunks, 0)
    assert.not(custodian.hub.fetched.includes(toHex(part)))
  })
})

test('what was signed is let go of two days after its time, or when it is withdrawn, but for what another needs', async () => {
  const [first, second] = [filledLog(3), filledLog(3, patterned(32, 92))]
  await one([first, second], {}, async (custodian) => {
    const bob = { device: filled(42), name: undefined }
    await custodian.ask(client, offerOf(first, untilIn(custodian, 10)))
    await custodian.ask(bob, offerOf(second, untilIn(custodian, 20)))
    custodian.time.movedMs = 10 * dayMs + graceMs - 60_000
    await custodian.custodian.expire()
    assert.is(custodian.custodian.ledger.size, 2)
    custodian.time.movedMs += 120_000
    await custodian.custodian.expire()
    assert.is(custodian.custodian.ledger.size, 1)
    assert.equal(custodian.hub.announced, [`log ${toHex(second.log)}`])
    assert.is(keptOf(custodian.store, namesOf(second)), namesOf(second).size)
    assert.is(custodian.store.stats().kept.chunks, namesOf(second).size)
    await custodian.ask(client, { type: 'withdraw', request: 9, log: second.log })
    assert.is(custodian.custodian.ledger.size, 1)
    await custodian.ask(bob, { type: 'withdraw', request: 9, log: second.log })
    assert.equal([custodian.custodian.ledger.size, custodian.store.stats().kept.chunks], [0, 0])
    await custodian.reopen()
    assert.is(custodian.custodian.ledger.size, 0)
  })
})

/** Offers it, and does something when all of it has been fetched and its name is asked for. */
async function whileLearning(
  custodian: OneCustodian,
  offer: CustodyMessage,
  act: () => Promise<void>,
): Promise<string> {
  const { respond } = custodian.hub
  let acting: Promise<void> | undefined
  custodian.hub.respond = (interest) => {
    if (interest.kind !== 'name') return respond(interest)
    acting ??= act()
    // Asked again, so that there is time for it.
    return nack('NoRoute')
  }
  const answer = await reasonOf(custodian.ask(client, offer))
  await acting
  custodian.hub.respond = respond
  return answer
}

test('what is being promised again when its time is over, or when it is withdrawn, is there as it was signed', async () => {
  const log = filledLog(4)
  await one([log], {}, async (custodian) => {
    await custodian.ask(client, offerOf(log, untilIn(custodian, 1)))
    custodian.time.movedMs = dayMs + graceMs + 60_000
    extend(log, 400)
    const renewed = offerOf(log, untilIn(custodian, 10), { name: filled(50) })
    assert.is(await whileLearning(custodian, renewed, () => custodian.custodian.expire()), 'receipt')
    assert.is(keptOf(custodian.store, namesOf(log)), namesOf(log).size)
    extend(log, 401)
    const again = offerOf(log, untilIn(custodian, 20), { name: filled(50) })
    const withdraw = async (): Promise<void> => {
      const answer = await custodian.ask(client, { type: 'withdraw', request: 3, log: log.log })
      assert.is(answer.type, 'withdrawn')
    }
    await whileLearning(custodian, again, withdraw)
    // What was signed before it was withdrawn is withdrawn with it: there is nothing that is promised and not here.
    assert.equal([custodian.custodian.ledger.size, custodian.store.stats().kept.chunks], [0, 0])
  })
})

// protocol.md §19 MUST: A head that is lower than the one that is kept is BadHead
test('a head that forks from the kept one is refused and shown as a proof; the kept one stays', async () => {
  const log = filledLog(4)
  const twin = log.fork(log.heads.length - 3)
  const [log2, twin2] = [filledLog(2, patterned(32, 93)), filledLog(1, patterned(32, 93))]
  for (let more = 0; more < 3; more++) extend(twin2, 500 + more)
  twin.appendSizes(25_000)
  twin.appendSizes(25_000)
  await one([log, twin, log2, twin2], {}, async (custodian) => {
    const untilMs = untilIn(custodian, 5)
    for (const [kept, forked] of [
      [log, twin],
      [log2, twin2],
    ] as const) {
      assert.is(await reasonOf(custodian.ask(client, offerOf(kept, untilMs))), 'receipt')
      forked.nowMs += 100_000
      assert.is(await reasonOf(custodian.ask(client, offerOf(forked, untilMs))), 'fork')
      assert.equal(custodian.store.head(kept.log)?.headBytes, kept.held.headBytes)
      assert.is(keptOf(custodian.store, namesOf(kept)), namesOf(kept).size)
    }
    assert.is(custodian.forks.length, 2)
    const [earlier = log.held] = log.heads.slice(-2)
    const older = offerOf(log, untilMs, { headBytes: earlier.headBytes, page: earlier.page })
    assert.is(await reasonOf(custodian.ask(client, older)), 'badHead')
  })
})

test('a challenge is met by who has the bytes, with zeros for what is not there, and not too often', async () => {
  const log = filledLog(3)
  await one([log], {}, async (custodian) => {
    const names = [...namesOf(log)].filter((name) => log.chunks.has(toHex(name))).slice(0, 5)
    const challenge: CustodyMessage = {
      type: 'challenge',
      request: 5,
      log: log.log,
      nonce: filled(8),
      names: [...names, filled(9)],
    }
    assert.is(await reasonOf(custodian.ask(client, challenge)), 'unknown')
    await custodian.ask(client, offerOf(log, untilIn(custodian, 1)))
    const answer = await custodian.ask(client, challenge)
    const expected = names.map((name) => auditProof(crypto, filled(8), custodian.device, log.chunk(name)))
    assert.equal(answer.type === 'proof' && answer.proofs, [...expected, noProof])
    let met = 1
    while ((await custodian.ask(client, challenge)).type === 'proof') met += 1
    assert.is(met, maxChallengesAMinute)
    custodian.time.movedMs = 60_000
    assert.is(await reasonOf(custodian.ask(client, challenge)), 'proof')
  })
})

test('a client and a head from a clock that is a day off get what can be given', async () => {
  const log = filledLog(2)
  await one([log], {}, async (custodian) => {
    const nowMs = custodian.time.now().nowMs
    const ahead = log.sign({ timeMs: nowMs + dayMs })
    const { headBytes, page } = ahead
    assert.is(await reasonOf(custodian.ask(client, offerOf(log, nowMs + 30 * dayMs, { headBytes, page }))), 'clock')
    assert.is(await reasonOf(custodian.ask(client, offerOf(log, nowMs - dayMs))), 'clock')
    assert.is(await reasonOf(custodian.ask(client, offerOf(log, nowMs + 31 * dayMs))), 'receipt')
    custodian.time.movedMs = dayMs
    await custodian.custodian.expire()
    assert.is(custodian.custodian.ledger.size, 1)
  })
})

test('of 10,000 offers at once a few are fetched, and all others are told Busy at once', async () => {
  const logs = Array.from({ length: 120 }, (_, index) => filledLog(1, patterned(32, 1_000 + index), 9_000))
  await one(logs, {}, async (custodian) => {
    const untilMs = untilIn(custodian, 1)
    const asked: Promise<string>[] = []
    for (let index = 0; index < 10_000; index++) {
      const log = logs[index % logs.length]
      if (log !== undefined) asked.push(reasonOf(custodian.ask(client, offerOf(log, untilMs))))
    }
    const counts = new Map<string, number>()
    for (const reason of await Promise.all(asked)) counts.set(reason, (counts.get(reason) ?? 0) + 1)
    const receipts = counts.get('receipt') ?? 0
    assert.ok(receipts >= 60 && receipts <= 70, JSON.stringify([...counts]))
    assert.is((counts.get('busy') ?? 0) + receipts, 10_000)
    assert.is(custodian.custodian.ledger.size, receipts)
  })
})

test('what was being fetched when it ended is let go of when its client gives up', async () => {
  const log = filledLog(4)
  await one([log], {}, async (custodian) => {
    const [name, bytes] = [...log.chunks].findLast(([, chunk]) => chunk[0] === 3) ?? []
    if (name === undefined || bytes === undefined) throw new Error('no part')
    // Nobody answers for it: the walk hangs until the node ends.
    const { respond } = custodian.hub
    custodian.hub.respond = (interest) => (toHex(interest.key) === name ? undefined : respond(interest))
    const asked = reasonOf(custodian.ask(client, offerOf(log, untilIn(custodian, 1))))
    while (custodian.hub.fetched.length < 3) await custodian.time.turn()
    await custodian.reopen()
    assert.is(await asked, 'missing')
    assert.is(custodian.custodian.ledger.size, 0)
    await custodian.ask(client, { type: 'withdraw', request: 1, log: log.log })
    assert.is(custodian.store.stats().kept.chunks, 0)
    assert.not(custodian.store.values('custody/').some(({ bytes: left }) => left.length > 0))
  })
})

test.run()
