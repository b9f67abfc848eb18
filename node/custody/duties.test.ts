// The client and its custodians together: receipts that are true, audits that find thieves, repair, and duties that go on
// after restarts.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError } from '../../errors/index.js'
import { type Copy, type CustodyPolicy, maxDuties, signReceipt, verifyReceipt } from '../../stack/custody/index.js'
import { client, dayMs, OneClient, OneCustodian } from '../../test/node/custody.js'
import { extend, filledLog, keptOf, namesOf } from '../../test/node/keeping.js'
import { crypto, inDirectory } from '../../test/node/temporary.js'
import { patterned, type SampleLog } from '../../test/samples/log.js'
import { filled } from '../../test/samples/name.js'

const test = suite('node/custody/duties')
const signal = new AbortController().signal
const monthMs = 30 * dayMs

/** A client with one log, and so many custodians. */
async function story(
  policies: readonly Partial<CustodyPolicy>[],
  use: (one: OneClient, custodians: readonly OneCustodian[], log: SampleLog) => Promise<void>,
): Promise<void> {
  await inDirectory(async (directory) => {
    const log = filledLog(4)
    const custodians: OneCustodian[] = []
    for (const [index, policy] of policies.entries()) {
      custodians.push(await OneCustodian.open(directory, index + 1, [log], policy))
    }
    const one = await OneClient.open(directory, [log], [...custodians])
    try {
      await one.fill()
      await use(one, custodians, log)
    } finally {
      await one.close()
      for (const custodian of custodians) await custodian.close()
    }
  })
}

/** How it stands with each custodian, in the order in which they are asked. */
function states({ duties, custodians }: OneClient, log: SampleLog): string {
  const copies = duties.find(log.log)?.copies ?? []
  return custodians.map(({ device }) => copies.find((copy) => copy.custodian[0] === device[0])?.state ?? '-').join(' ')
}

/** Resolves when it has come true; fails after many seconds. */
async function until(what: string, condition: () => boolean): Promise<void> {
  const endMs = Date.now() + 20_000
  while (!condition()) {
    assert.ok(Date.now() < endMs, what)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Lets a moment come at which each custodian is audited. */
async function audit(one: OneClient, log: SampleLog): Promise<void> {
  const before = new Map(one.duties.find(log.log)?.copies.map((copy) => [copy.custodian[0], audits(copy)]))
  const due = (): number => Math.max(...(one.duties.find(log.log)?.copies ?? []).map(({ auditMs }) => auditMs))
  await until('an audit ends', () => {
    one.time.movedMs += Math.ceil(Math.max(0, due() - one.time.now().nowMs))
    one.duties.poll()
    const copies = one.duties.find(log.log)?.copies ?? []
    return copies.every((copy) => copy.state !== 'kept' || audits(copy) !== before.get(copy.custodian[0]))
  })
}

/** Changes with each audit. */
function audits({ auditedMs, failedAudits }: Copy): string {
  return `${auditedMs} ${failedAudits}`
}

test('two custodians have signed for all of it, with receipts that verify; a third is not asked', () =>
  story([{}, {}, {}], async (one, custodians, log) => {
    await one.duties.keep(log.log, monthMs)
    const copies = await one.duties.settled(log.log, 2, 20_000, signal)
    assert.is(states(one, log), 'kept kept -')
    for (const { receipt, custodian } of copies) {
      if (receipt === undefined) throw new Error('no receipt')
      assert.ok(verifyReceipt(crypto, receipt))
      assert.equal([receipt.log, receipt.custodian], [log.log, custodian])
    }
    for (const { store } of custodians.slice(0, 2)) assert.is(keptOf(store, namesOf(log)), namesOf(log).size)
    await audit(one, log)
    assert.is(states(one, log), 'kept kept -')
  }))

test('what is appended is kept too, also what was appended while the client was off', () =>
  story([{}], async (one, [custodian], log) => {
    await one.duties.keep(log.log, monthMs)
    await one.duties.settled(log.log, 1, 20_000, signal)
    extend(log, 400)
    one.duties.poll()
    await one.duties.settled(log.log, 1, 20_000, signal)
    assert.equal(custodian?.store.head(log.log)?.headBytes, log.held.headBytes)
    await one.close()
    extend(log, 401)
    await one.reopen()
    one.duties.poll()
    await one.duties.settled(log.log, 1, 20_000, signal)
    assert.equal(custodian?.store.head(log.log)?.headBytes, log.held.headBytes)
    assert.is(custodian?.store.stats().kept.chunks, namesOf(log).size)
  }))

test('who keeps nothing for others is named with its reason, and others are asked in its place', () =>
  story([{ totalBytes: 0 }, {}, {}], async (one, _, log) => {
    await one.duties.keep(log.log, monthMs)
    await one.duties.settled(log.log, 2, 20_000, signal)
    assert.is(states(one, log), 'refused kept kept')
    assert.match(one.duties.find(log.log)?.copies[0]?.problem ?? '', /--custody/)
  }))

test('where nobody keeps anything, the answer comes at once', () =>
  story([{ totalBytes: 0 }, { from: [filled(99)] }], async (one, _, log) => {
    await one.duties.keep(log.log, monthMs)
    const copies = await one.duties.settled(log.log, 2, 60_000, signal)
    assert.equal(
      copies.map(({ state }) => state),
      ['refused', 'refused'],
    )
  }))

test('a custodian that signs and drops is caught by its audits, shown, and repaired at another one', () =>
  story([{}, {}, {}], async (one, custodians, log) => {
    await one.duties.keep(log.log, monthMs)
    await one.duties.settled(log.log, 2, 20_000, signal)
    const thief = custodians[0]
    await thief?.store.forgetKept([...namesOf(log)])
    await audit(one, log)
    await audit(one, log)
    await until('another one has it', () => states(one, log) === 'failed kept kept')
    assert.is(keptOf(custodians[2]?.store ?? one.store, namesOf(log)), namesOf(log).size)
    await one.reopen()
    assert.is(states(one, log), 'failed kept kept')
  }))

test('a custodian that invents its proofs is caught as well', () =>
  story([{}, {}], async (one, custodians, log) => {
    await one.duties.keep(log.log, monthMs)
    await one.duties.settled(log.log, 2, 20_000, signal)
    const [liar] = custodians
    if (liar === undefined) throw new Error('no custodian')
    liar.lie = (answer) =>
      answer.type === 'proof' ? { ...answer, proofs: answer.proofs.map(() => filled(6)) } : answer
    await audit(one, log)
    await audit(one, log)
    assert.is(states(one, log), 'failed kept')
  }))

// protocol.md §19 MUST: **Client.** It offers the newest state, at most once a second
test('receipts of another signer, log or head, and those that are over, count as nothing', () =>
  story([{}, {}, {}, {}], async (one, custodians, log) => {
    const seeds = custodians.map((_, index) => filled(index + 1))
    const lies = [{ signature: new Uint8Array(64) }, { log: filled(77) }, { head: filled(77) }, { untilMs: 1_000 }]
    for (const [index, custodian] of custodians.entries()) {
      custodian.lie = (answer) => {
        if (answer.type !== 'receipt') return answer
        const changed = { ...answer.receipt, ...lies[index] }
        return { ...answer, receipt: index === 0 ? changed : signReceipt(crypto, seeds[index] ?? filled(0), changed) }
      }
    }
    await one.duties.keep(log.log, monthMs)
    await one.duties.settled(log.log, 2, 20_000, signal)
    assert.is(states(one, log), 'failed failed failed failed')
  }))

test('who cannot be reached is asked again when a link comes up', () =>
  story([{}], async (one, custodians, log) => {
    const [custodian] = custodians
    if (custodian === undefined) throw new Error('no custodian')
    custodian.isGone = true
    await one.duties.keep(log.log, monthMs)
    await one.duties.settled(log.log, 1, 20_000, signal)
    assert.is(states(one, log), 'asked')
    custodian.isGone = false
    one.duties.handleReachable()
    await until('it is asked again', () => states(one, log) === 'kept')
  }))

test('what is not wanted any more is withdrawn, also after a restart, and its record goes', () =>
  story([{}, {}], async (one, custodians, log) => {
    await one.duties.keep(log.log, monthMs)
    await one.duties.settled(log.log, 2, 20_000, signal)
    for (const custodian of custodians) custodian.isGone = true
    await one.duties.end(log.log)
    await until(
      'both were tried',
      () => one.duties.find(log.log)?.copies.every(({ failures }) => failures > 0) ?? false,
    )
    await one.reopen()
    for (const custodian of custodians) custodian.isGone = false
    one.duties.handleReachable()
    await until('it is withdrawn', () => one.duties.find(log.log) === undefined)
    for (const { store, custodian } of custodians) {
      assert.equal([custodian.ledger.size, store.stats().kept.chunks], [0, 0])
    }
    await one.reopen()
    assert.is(one.duties.list().length, 0)
  }))

test('a promise is renewed at half of its time, and one that nobody renews is over', () =>
  story([{}], async (one, custodians, log) => {
    const [custodian] = custodians
    if (custodian === undefined) throw new Error('no custodian')
    await one.duties.keep(log.log, monthMs)
    const untilMs = (await one.duties.settled(log.log, 1, 20_000, signal))[0]?.receipt?.untilMs ?? 0
    for (const moved of [one.time, custodian.time]) moved.movedMs = 16 * dayMs
    one.duties.poll()
    await until('it is renewed', () => (one.duties.find(log.log)?.copies[0]?.receipt?.untilMs ?? 0) > untilMs)
    assert.is(
      custodian.custodian.ledger.find(client.name ?? filled(0), log.log)?.untilMs,
      one.duties.find(log.log)?.copies[0]?.receipt?.untilMs,
    )
  }))

test(`a node has at most ${maxDuties} logs kept by others`, () =>
  story([], async (one, _, log) => {
    for (let index = 0; index < maxDuties; index++) await one.duties.keep(patterned(32, 5_000 + index), monthMs)
    const refused = await one.duties.keep(log.log, monthMs).catch((error: unknown) => error)
    assert.ok(isRunnelError(refused, 'TOO_MANY'))
  }))

test.run()
