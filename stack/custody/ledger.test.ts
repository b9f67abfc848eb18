// What a custodian promises stays within what its operator gave, at every moment, whoever asks at once.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { filled } from '../../test/samples/name.js'
import { toHex } from '../bytes/index.js'
import { CustodyLedger, type CustodyRecord } from './ledger.js'
import { graceMs, maxRecords, maxRecordsOfClient } from './limits.js'
import { type Client, type CustodyPolicy, clientKey } from './policy.js'

const test = suite('custody/ledger')
const dayMs = 86_400_000
const nowMs = 100 * dayMs
const policy: CustodyPolicy = { totalBytes: 1_000, clientBytes: 600, maxDays: 30, from: undefined, denied: new Map() }
const ann: Client = { device: filled(1), name: filled(2) }
const bob: Client = { device: filled(3), name: undefined }

function record(client: Client, log: number, bytes: number, untilMs = nowMs + dayMs): CustodyRecord {
  return {
    client: clientKey(client),
    log: filled(log),
    name: undefined,
    headBytes: filled(0),
    bytes,
    chunks: 1,
    untilMs,
  }
}

function ask(ledger: CustodyLedger, client: Client, log: number, declared = 100, want = nowMs + dayMs): string {
  const granted = ledger.admit(nowMs, client, filled(log), want, declared)
  return 'reason' in granted ? granted.reason : `${granted.roomBytes} until ${(granted.untilMs - nowMs) / dayMs}`
}

test('an offer gets the time that it asks for, and no longer than the operator allows', () => {
  const ledger = new CustodyLedger(policy, [])
  assert.is(ask(ledger, ann, 10), '100 until 1')
  assert.is(ask(ledger, bob, 11, 100, nowMs + 400 * dayMs), '100 until 30')
  assert.is(ask(ledger, bob, 12, 100, nowMs), 'clock')
})

test('quotas count what is promised and what is being fetched, of each client and in all', () => {
  const ledger = new CustodyLedger(policy, [])
  assert.is(ask(ledger, ann, 10, 450), '450 until 1')
  assert.is(ask(ledger, ann, 11, 450), '150 until 1')
  assert.is(ask(ledger, ann, 12), 'quota')
  assert.is(ask(ledger, bob, 13, 450), '400 until 1')
  assert.is(ask(ledger, bob, 14), 'quota')
  ledger.settle(bob, filled(13))
  ledger.settle(ann, filled(11), record(ann, 11, 120))
  assert.is(ask(ledger, bob, 13, 1_000), '430 until 1')
  assert.equal([ledger.bytes, ledger.bytesOf(filled(2))], [120, 120])
})

test('an offer for what is kept already has the room of that, and one at a time', () => {
  const ledger = new CustodyLedger(policy, [record(ann, 10, 500)])
  assert.is(ask(ledger, ann, 10, 580), '580 until 1')
  assert.is(ask(ledger, ann, 10, 580), 'busy')
  assert.is(ask(ledger, ann, 11), '20 until 1')
  ledger.settle(ann, filled(10), record(ann, 10, 580))
  assert.is(ledger.bytes, 580)
})

test('who is not listed, and what is denied, is refused with the published reason', () => {
  const denied = new Map([
    [toHex(filled(20)), 'by court order 7'],
    [toHex(filled(2)), 'abuse'],
  ])
  const ledger = new CustodyLedger({ ...policy, denied }, [])
  const refusal = ledger.admit(nowMs, bob, filled(20), nowMs + 1, 1)
  assert.equal('reason' in refusal && [refusal.reason, refusal.text], ['denied', 'by court order 7'])
  assert.is(ask(ledger, ann, 21), 'denied')
  const listed = new CustodyLedger({ ...policy, from: [filled(3)] }, [])
  assert.equal([ask(listed, bob, 10), ask(listed, ann, 10)], ['100 until 1', 'policy'])
  const closed = new CustodyLedger({ ...policy, totalBytes: 0 }, [])
  assert.is(ask(closed, ann, 10), 'policy')
})

test('what is over is let go of only after longer than clocks are wrong', () => {
  const ledger = new CustodyLedger(policy, [record(ann, 10, 1, nowMs), record(ann, 11, 1, nowMs + dayMs)])
  assert.is(ledger.expired(nowMs + graceMs).length, 0)
  assert.is(ledger.expired(nowMs + graceMs + 1).length, 1)
  assert.is(ledger.expired(nowMs + 10 * dayMs).length, 2)
})

const keyOf = (index: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, at) => (index >> (8 * (at % 4))) & 255)

test(`one client has at most ${maxRecordsOfClient} logs kept, and all together ${maxRecords}`, () => {
  const one = {
    totalBytes: 2 ** 40,
    clientBytes: 2 ** 40,
    maxDays: 1,
    from: undefined,
    denied: new Map<string, string>(),
  }
  const recordOf = (client: Client, index: number) => ({ ...record(client, 0, 1), log: keyOf(index) })
  const mine = Array.from({ length: maxRecordsOfClient - 1 }, (_, index) => recordOf(bob, index))
  const ledger = new CustodyLedger(one, mine)
  assert.is(ask(ledger, bob, 200), '100 until 1')
  ledger.settle(bob, filled(200), record(bob, 200, 1))
  assert.is(ask(ledger, bob, 201), 'busy')
  assert.is(ask(ledger, ann, 201), '100 until 1')
  const all = Array.from({ length: maxRecords }, (_, index) => {
    return { ...recordOf(bob, index), client: keyOf(Math.floor(index / 1_000)) }
  })
  assert.is(ask(new CustodyLedger(one, all), ann, 201), 'busy')
})

test('in any order of offers, ends and withdrawals the quotas hold', () => {
  const step = fc.record({
    who: fc.boolean(),
    log: fc.nat({ max: 5 }),
    declared: fc.nat({ max: 700 }),
    what: fc.nat({ max: 3 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ledger = new CustodyLedger(policy, [])
      const open = new Map<string, number>()
      for (const { who, log, declared, what } of steps) {
        const client = who ? ann : bob
        const id = `${who} ${log}`
        const room = open.get(id)
        if (what === 0) {
          const granted = ledger.admit(nowMs, client, filled(log), nowMs + dayMs, declared)
          if (!('reason' in granted)) open.set(id, granted.roomBytes)
        } else if (what === 1 && room !== undefined) {
          open.delete(id)
          ledger.settle(client, filled(log), record(client, log, Math.min(room, declared)))
        } else if (what === 2 && room !== undefined) {
          open.delete(id)
          ledger.settle(client, filled(log))
        } else if (what === 3) ledger.delete(clientKey(client), filled(log))
        assert.ok(ledger.bytes <= policy.totalBytes, `${ledger.bytes} in all`)
        for (const one of [ann, bob]) assert.ok(ledger.bytesOf(clientKey(one)) <= policy.clientBytes)
      }
    }),
    { numRuns: 300 },
  )
})

test.run()
