// Audits: what proves that somebody has the bytes, how chunks are picked, and how soon a thief is caught.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { extend, filledLog, namesOf } from '../../test/node/keeping.js'
import { openTestCrypto } from '../../test/provider.js'
import { filled } from '../../test/samples/name.js'
import { toHex } from '../bytes/index.js'
import { auditProof, noProof, pickChallenge, pickPath } from './audit.js'
import { Keeper } from './keeper.js'
import { auditsADay, maxChallenged } from './limits.js'

const crypto = await openTestCrypto()
const test = suite('custody/audit')

/** The same numbers in each run (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test('a proof needs the bytes, and is of one nonce and one custodian', () => {
  const chunk = filled(5)
  const proof = auditProof(crypto, filled(1), filled(2), chunk)
  assert.is(proof.length, 32)
  assert.equal(auditProof(crypto, filled(1), filled(2), chunk.slice()), proof)
  for (const other of [
    auditProof(crypto, filled(3), filled(2), chunk),
    auditProof(crypto, filled(1), filled(3), chunk),
    auditProof(crypto, filled(1), filled(2), crypto.hash(chunk)),
    noProof,
  ]) {
    assert.not.equal(other, proof)
  }
})

test('every chunk of a log is asked for sooner or later, and each about as often as it has bytes', () => {
  const log = filledLog(6)
  const random = randomOf(1)
  const picked = new Map<string, number>()
  const rounds = 20_000
  for (let round = 0; round < rounds; round++) {
    const path = pickPath(log.held, random, (one) => log.chunks.get(toHex(one)))
    for (const name of path) picked.set(toHex(name), (picked.get(toHex(name)) ?? 0) + 1)
  }
  const names = [...namesOf(log)].map(toHex).filter((name) => log.chunks.has(name))
  let total = 0
  for (const name of names) total += log.chunks.get(name)?.length ?? 0
  for (const name of names) {
    const chunk = log.chunks.get(name)
    assert.ok(picked.has(name), `a chunk of kind ${chunk?.[0]} was never asked for`)
    // Of a file only the number of parts is known, not how long each is.
    if (chunk?.[0] === 3) assert.ok((picked.get(name) ?? 0) > (0.25 * rounds * chunk.length) / total)
  }
})

test('where the auditor has not the chunk itself, it is what is asked for; of an empty log there is none', () => {
  const log = filledLog(3)
  const [name, ...others] = pickPath(log.held, randomOf(2), () => undefined)
  assert.ok(name !== undefined && log.chunks.has(toHex(name)) && others.length === 0)
  assert.equal(
    pickChallenge(filledLog(0).held, randomOf(2), () => undefined),
    [],
  )
})

test('a challenge asks for what leads to a chunk too, for each once, and for as many as fit', () => {
  const log = filledLog(40)
  const read = (name: Uint8Array): Uint8Array | undefined => log.chunks.get(toHex(name))
  const path = pickPath(log.held, randomOf(3), read).map(toHex)
  assert.ok(path.length >= 3)
  for (let round = 0; round < 200; round++) {
    const names = pickChallenge(log.held, randomOf(round), read).map(toHex)
    assert.ok(names.length >= 3 && names.length <= maxChallenged)
    assert.is(new Set(names).size, names.length)
    // The first one is picked with the numbers that pick a path.
    for (const name of pickPath(log.held, randomOf(round), read)) assert.ok(names.includes(toHex(name)))
  }
})

test(`a custodian that drops 5 % of what it signed for is caught within 5 days at ${auditsADay} challenges a day, of 100 at least 99`, () => {
  const log = filledLog(1)
  for (let more = 0; more < 20; more++) extend(log, more)
  const names = [...namesOf(log)].map(toHex).filter((name) => log.chunks.has(name))
  const dayMs = 86_400_000
  const totalBytes = names.reduce((sum, name) => sum + (log.chunks.get(name)?.length ?? 0), 0)
  const slow: number[] = []
  for (let seed = 0; seed < 100; seed++) {
    const random = randomOf(1_000 + seed)
    const dropped = new Set<string>()
    for (let droppedBytes = 0; droppedBytes < 0.05 * totalBytes; ) {
      const name = names[Math.floor(random() * names.length)] ?? ''
      if (!dropped.has(name)) droppedBytes += log.chunks.get(name)?.length ?? 0
      dropped.add(name)
    }
    const keeper = new Keeper(random, [])
    keeper.setCustodians([filled(1)])
    keeper.keep(0, log.log, 60 * dayMs, undefined)
    keeper.handleHead(0, log.log, filled(9))
    let challenges = 0
    let asked: (Uint8Array | undefined)[] = []
    let caughtMs: number | undefined
    for (let nowMs = 0; nowMs < 10 * dayMs && caughtMs === undefined; nowMs += keeper.pollDelayMs(nowMs)) {
      const action = keeper.pollAction(nowMs)
      if (action === undefined) continue
      if (action.kind === 'offer') {
        const receipt = {
          head: filled(0),
          log: log.log,
          bytes: 1,
          untilMs: action.untilMs,
          custodian: filled(1),
          signature: filled(0),
        }
        keeper.handleReceipt(nowMs, receipt, filled(9))
        continue
      }
      if (action.kind !== 'audit') continue
      challenges += 1
      if (!action.again) asked = pickChallenge(log.held, random, (one) => log.chunks.get(toHex(one)))
      const bad = asked.some((name) => name !== undefined && dropped.has(toHex(name)))
      keeper.handleAudit(nowMs, log.log, filled(1), bad ? 'bad' : 'good')
      if (keeper.find(log.log)?.copies[0]?.state === 'failed') caughtMs = nowMs
    }
    assert.ok(challenges <= 2 * auditsADay * 10)
    if (caughtMs === undefined || caughtMs > 5 * dayMs) slow.push(seed)
  }
  assert.ok(slow.length <= 1, `not caught in time: ${slow}`)
})

test.run()
