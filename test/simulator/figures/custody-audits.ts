// The arithmetic of audits with the machine of the client alone: thieves that have dropped a twentieth of the chunks of a
// log, and how long it takes until each is found.

import { toHex } from '../../../stack/bytes/index.js'
import { Keeper, pickChallenge } from '../../../stack/custody/index.js'
import { filledLog, namesOf } from '../../node/keeping.js'
import type { SampleLog } from '../../samples/log.js'
import { Random } from '../random.js'
import type { Measure } from './figure.js'

const dayMs = 86_400_000
const mostDays = 5
const droppedShare = 0.05
const startMs = 1_000 * dayMs

export const measureAudits: Measure = async ({ seeds, scale }) => {
  const log = filledLog(20)
  // The open page travels with the head.
  const names = [...namesOf(log)].filter((name) => log.chunks.has(toHex(name)))
  const totalBytes = names.reduce((sum, name) => sum + log.chunk(name).length, 0)
  const thieves = 200 * scale * seeds
  const after: number[] = []
  for (let thief = 0; thief < thieves; thief++) {
    const random = new Random(`thief ${thief}`)
    const dropped = new Set<string>()
    for (let bytes = 0; bytes < droppedShare * totalBytes; ) {
      const name = random.pick(names)
      if (!dropped.has(toHex(name))) bytes += log.chunk(name).length
      dropped.add(toHex(name))
    }
    after.push(daysUntilFound(random, log, (name) => dropped.has(toHex(name))))
  }
  const found = after.filter((days) => days <= mostDays)
  return [
    {
      goal: 'a thief of 5 % is found within 5 days at 20 challenges a day',
      measured: `${found.length} of ${thieves}, after ${Math.max(...after).toFixed(1)} days at most`,
      holds: found.length === thieves,
    },
  ]
}

function daysUntilFound(random: Random, log: SampleLog, isDropped: (name: Uint8Array) => boolean): number {
  const custodian = new Uint8Array(32)
  const signature = new Uint8Array(64)
  const unit = (): number => random.unit()
  const keeper = new Keeper(unit, [])
  keeper.setCustodians([custodian])
  let nowMs = startMs
  keeper.keep(nowMs, log.log, 365 * dayMs, undefined)
  keeper.handleHead(nowMs, log.log, log.log)
  let asked: Uint8Array[] = []
  for (let audits = 0; audits < 1_000 && nowMs < startMs + 2 * mostDays * dayMs; ) {
    for (let action = keeper.pollAction(nowMs); action !== undefined; action = keeper.pollAction(nowMs)) {
      if (action.kind === 'offer') {
        const receipt = { head: log.log, log: log.log, bytes: 1, untilMs: action.untilMs, custodian, signature }
        keeper.handleReceipt(nowMs, receipt, log.log)
      } else if (action.kind === 'audit') {
        audits += 1
        if (!action.again) asked = pickChallenge(log.held, unit, (name) => log.chunk(name))
        keeper.handleAudit(nowMs, log.log, custodian, asked.some(isDropped) ? 'bad' : 'good')
      }
    }
    if (keeper.find(log.log)?.copies.some(({ state }) => state === 'failed')) break
    nowMs += keeper.pollDelayMs(nowMs)
  }
  const isFound = keeper.find(log.log)?.copies.some(({ state }) => state === 'failed') === true
  return isFound ? (nowMs - startMs) / dayMs : Number.POSITIVE_INFINITY
}
