// The client's machine: who is asked for what and when, under refusals, thefts, silence and wrong clocks.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { filled } from '../../test/samples/name.js'
import { type Action, type Copy, Keeper } from './keeper.js'
import { longestRetryMs, lostAfterMs, maxFailedAudits } from './limits.js'
import { refused } from './policy.js'

const test = suite('custody/keeper')
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const startMs = 1_000 * dayMs
const log = filled(50)
const [r, s, t] = [filled(1), filled(2), filled(3)]
const state = filled(60)

/** A keeper under virtual time; `answer` says how each action ends. */
class World {
  readonly keeper: Keeper
  readonly done: { readonly atMs: number; readonly action: Action }[] = []
  nowMs = startMs
  /** Added to the clock that the keeper sees. */
  skewMs = 0
  answer: (action: Action) => void = (action) => this.agree(action)

  constructor(custodians = [r, s], duties = new Keeper(() => 0.5, []).duties) {
    this.keeper = new Keeper(() => 0.5, duties)
    this.keeper.setCustodians(custodians)
  }

  get clockMs(): number {
    return this.nowMs + this.skewMs
  }

  keep(keepMs = 30 * dayMs): this {
    this.keeper.keep(this.clockMs, log, keepMs, undefined)
    this.keeper.handleHead(this.clockMs, log, state)
    return this
  }

  agree(action: Action): void {
    const { keeper, clockMs } = this
    const { custodian } = action
    if (action.kind === 'audit') keeper.handleAudit(clockMs, log, custodian, 'good')
    else if (action.kind === 'withdraw') keeper.handleWithdrawn(log, custodian)
    else this.receipt(custodian, action.untilMs)
  }

  receipt(custodian: Uint8Array, untilMs: number): void {
    const { keeper, clockMs } = this
    keeper.handleReceipt(clockMs, { head: state, log, bytes: 1, untilMs, custodian, signature: filled(0) }, this.state)
  }

  state = state

  run(ms: number): this {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) {
      for (let action = this.keeper.pollAction(this.clockMs); action; action = this.keeper.pollAction(this.clockMs)) {
        this.done.push({ atMs: this.nowMs, action })
        this.answer(action)
      }
      this.nowMs += Math.min(endMs - this.nowMs, this.keeper.pollDelayMs(this.clockMs))
    }
    return this
  }

  count(kind: Action['kind'], custodian?: Uint8Array): number {
    const whom = custodian?.[0]
    return this.done.filter(
      ({ action }) => action.kind === kind && (whom ?? action.custodian[0]) === action.custodian[0],
    ).length
  }

  copy(custodian: Uint8Array): Copy | undefined {
    return this.keeper.find(log)?.copies.find((one) => one.custodian[0] === custodian[0])
  }

  states(): string {
    return (this.keeper.find(log)?.copies ?? []).map((copy) => `${copy.custodian[0]} ${copy.state}`).join(', ')
  }
}

test('two custodians are asked where there are more, and once each for a state that does not change', () => {
  const world = new World([r, s, t]).keep().run(hourMs)
  assert.is(world.states(), '1 kept, 2 kept')
  assert.is(world.count('offer'), 2)
})

test('a newer state is offered to each of them, a second after it came and not for each of many', () => {
  const world = new World().keep().run(hourMs)
  for (let commit = 0; commit < 50; commit++) {
    world.state = filled(100 + commit)
    world.keeper.handleHead(world.clockMs, log, world.state)
    world.run(100)
  }
  world.run(10_000)
  assert.ok(world.count('offer') >= 2 + 2 * 2 && world.count('offer') <= 2 + 2 * 7, `${world.count('offer')} offers`)
  assert.equal(world.copy(r)?.held, world.state)
})

test('a promise is renewed at half of its time, again and again, and audits go on about twenty times a day', () => {
  const world = new World([r]).keep(30 * dayMs).run(90 * dayMs)
  const offers = world.done.filter(({ action }) => action.kind === 'offer').map(({ atMs }) => (atMs - startMs) / dayMs)
  assert.equal(offers.map(Math.round), [0, 15, 30, 45, 60, 75, 90].slice(0, offers.length))
  assert.ok(offers.length >= 6)
  const audits = world.count('audit') / 90
  assert.ok(audits > 15 && audits < 25, `${audits} audits a day`)
})

test('who refuses is asked again later and later, and somebody else is asked instead', () => {
  const world = new World([r, s, t]).keep()
  world.answer = (action) => {
    if (action.custodian[0] !== 1) return world.agree(action)
    world.keeper.handleRefused(world.clockMs, log, action.custodian, refused('quota', 'full'))
  }
  world.run(2 * dayMs)
  assert.is(world.states(), '1 refused, 2 kept, 3 kept')
  assert.is(world.copy(r)?.problem, 'full')
  assert.ok(world.count('offer', r) < 60)
})

test('nobody is asked more often than it said', () => {
  const world = new World([r]).keep()
  world.answer = ({ custodian }) =>
    world.keeper.handleRefused(world.clockMs, log, custodian, refused('busy', '', 7_200))
  world.run(dayMs)
  assert.ok(world.count('offer') <= 13)
})

test('a custodian that fails its audits is shown as failed, and another one takes its place', () => {
  const world = new World([r, s, t]).keep().run(hourMs)
  let thefts = 0
  world.answer = (action) => {
    if (action.kind !== 'audit' || action.custodian[0] !== 1) return world.agree(action)
    thefts += 1
    world.keeper.handleAudit(world.clockMs, log, action.custodian, 'bad')
  }
  world.run(dayMs)
  assert.is(thefts, maxFailedAudits)
  assert.is(world.states(), '1 failed, 2 kept, 3 kept')
})

test('one audit that fails is tried again soon, and alone costs nobody anything', () => {
  const world = new World([r, s]).keep().run(hourMs)
  let first = true
  world.answer = (action) => {
    if (action.kind !== 'audit' || !first) return world.agree(action)
    first = false
    const before = world.copy(action.custodian)?.auditedMs
    world.keeper.handleAudit(world.clockMs, log, action.custodian, 'bad')
    assert.is(world.copy(action.custodian)?.auditedMs, before)
    assert.match(world.copy(action.custodian)?.problem ?? '', /asked once more/)
  }
  world.run(dayMs)
  assert.is(world.states(), '1 kept, 2 kept')
  for (const custodian of [r, s]) assert.is(world.copy(custodian)?.problem, undefined)
})

test('a custodian that renews everything and answers no audit counts as having lost it after a day', () => {
  const world = new World([r, s, t]).keep().run(hourMs)
  world.answer = (action) => {
    if (action.kind !== 'audit' || action.custodian[0] !== 1) return world.agree(action)
    world.keeper.handleAudit(world.clockMs, log, action.custodian, 'evaded')
  }
  for (let hours = 0; hours < 20; hours++) {
    world.state = filled(100 + hours)
    world.keeper.handleHead(world.clockMs, log, world.state)
    world.run(hourMs)
  }
  assert.is(world.states(), '1 kept, 2 kept')
  world.run(10 * hourMs)
  assert.is(world.states(), '1 failed, 2 kept, 3 kept')
  assert.match(world.copy(r)?.problem ?? '', /evades/)
})

test('a custodian that is gone for a day is shown as lost and replaced; when it is back it counts again', () => {
  const world = new World([r, s, t]).keep().run(hourMs)
  let gone = true
  world.answer = (action) => {
    if (gone && action.custodian[0] === 1) world.keeper.handleUnreachable(world.clockMs, log, action.custodian)
    else world.agree(action)
  }
  world.run(lostAfterMs - 4 * hourMs)
  assert.is(world.states(), '1 kept, 2 kept')
  world.run(12 * hourMs)
  assert.is(world.states(), '1 lost, 2 kept, 3 kept')
  gone = false
  world.keeper.handleReachable(world.clockMs)
  world.run(hourMs)
  assert.is(world.states(), '1 kept, 2 kept, 3 kept')
})

test('what nobody has renewed in time is not shown as kept any more, though its custodian was reached an hour ago', () => {
  const world = new World([r]).keep(6 * hourMs).run(hourMs)
  assert.is(world.states(), '1 kept')
  world.answer = ({ kind, custodian }) => {
    if (kind === 'audit') world.keeper.handleAudit(world.clockMs, log, custodian, 'good')
    else world.keeper.handleUnreachable(world.clockMs, log, custodian)
  }
  world.run(4 * hourMs)
  assert.is(world.states(), '1 kept')
  world.run(2 * hourMs)
  assert.is(world.states(), '1 lost')
  world.answer = (action) => world.agree(action)
  world.run(2 * hourMs)
  assert.is(world.states(), '1 kept')
})

test('a clock that jumps by a day renews nothing early, loses nothing, and does not do all at once', () => {
  for (const skewMs of [dayMs, -dayMs]) {
    const world = new World([r, s]).keep(30 * dayMs).run(3 * dayMs)
    const [offers, audits] = [world.count('offer'), world.count('audit')]
    world.skewMs = skewMs
    world.run(60_000)
    assert.is(world.count('offer'), offers, `${skewMs}`)
    assert.ok(world.count('audit') - audits <= 2)
    world.run(dayMs)
    assert.is(world.states(), '1 kept, 2 kept')
    assert.ok(world.count('audit') - audits > 20)
    world.run(20 * dayMs)
    assert.is(world.count('offer'), offers + 2)
  }
})

test('what is taken back is withdrawn everywhere, tried until it was said or the promise is over, and then forgotten', () => {
  const world = new World([r, s]).keep(4 * dayMs).run(hourMs)
  world.answer = (action) => {
    if (action.custodian[0] === 1) world.keeper.handleUnreachable(world.clockMs, log, action.custodian)
    else world.agree(action)
  }
  world.keeper.end(log)
  world.run(hourMs)
  assert.is(world.states(), '1 kept')
  assert.is(world.count('withdraw', s), 1)
  assert.ok(world.count('withdraw', r) > 1)
  world.run(5 * dayMs)
  assert.is(world.keeper.find(log), undefined)
  assert.ok(world.count('withdraw') < 5 * 24 + 20)
})

test('it goes on from what an earlier process left, without asking for anything again', () => {
  const before = new World().keep().run(hourMs)
  const after = new World([r, s], structuredClone(before.keeper.duties))
  after.nowMs = before.nowMs
  after.keeper.handleHead(after.clockMs, log, state)
  after.run(hourMs)
  assert.equal([after.count('offer'), after.states()], [0, '1 kept, 2 kept'])
})

test('a wish with an end is not renewed beyond it, and is forgotten after it', () => {
  const world = new World([r])
  world.keeper.keep(startMs, log, 30 * dayMs, startMs + 3 * dayMs)
  world.keeper.handleHead(startMs, log, state)
  world.run(2 * dayMs)
  assert.is(world.count('offer'), 1)
  world.run(8 * dayMs)
  assert.is(world.keeper.find(log), undefined)
})

test('a forged receipt counts as a theft, and its sender is left alone for long', () => {
  const world = new World([r]).keep()
  world.answer = ({ custodian }) =>
    world.keeper.handleRefused(
      world.clockMs,
      log,
      custodian,
      refused('policy', 'its receipt is for something else'),
      true,
    )
  world.run(6 * hourMs)
  assert.is(world.states(), '1 failed')
  assert.ok(world.count('offer') <= 1 + (6 * hourMs) / longestRetryMs)
})

test('a wish that is made again is asked for at once, but not of who has lost or forged what it signed for', () => {
  const world = new World([r, s]).keep()
  world.answer = ({ custodian }) =>
    world.keeper.handleRefused(world.clockMs, log, custodian, refused('busy', 'later', 7_200), custodian[0] === 1)
  world.run(60_000)
  assert.is(world.states(), '1 failed, 2 refused')
  assert.is(world.count('offer'), 2)
  world.keeper.keep(world.clockMs, log, 20 * dayMs, undefined)
  assert.equal([world.copy(r)?.problem, world.copy(s)?.problem], ['later', undefined])
  world.run(60_000)
  assert.equal([world.count('offer', r), world.count('offer', s)], [1, 2])
})

test('a wish that is made again keeps what is said of a promise that stands', () => {
  const world = new World([r]).keep().run(hourMs)
  world.answer = (action) => world.keeper.handleUnreachable(world.clockMs, log, action.custodian)
  world.run(4 * hourMs)
  assert.match(world.copy(r)?.problem ?? '', /cannot be reached/)
  world.keeper.keep(world.clockMs, log, 20 * dayMs, undefined)
  assert.match(world.copy(r)?.problem ?? '', /cannot be reached/)
})

test('what is said of a log that nobody wishes to be kept changes nothing', () => {
  const world = new World([r])
  const { keeper } = world
  keeper.end(log)
  keeper.handleHead(startMs, log, state)
  world.receipt(r, startMs + dayMs)
  keeper.handleRefused(startMs, log, r, refused('quota', 'full'))
  keeper.handleUnreachable(startMs, log, r)
  keeper.handleAudit(startMs, log, r, 'bad')
  keeper.handleWithdrawn(log, r)
  assert.equal([keeper.duties, keeper.takeChanged(), keeper.pollAction(startMs)], [[], [], undefined])
})

test('each change of a duty is told once, and its end too', () => {
  const world = new World([r]).keep()
  assert.equal(
    world.keeper.takeChanged().map((duty) => duty.log),
    [log],
  )
  assert.equal(world.keeper.takeChanged(), [])
  world.run(60_000)
  assert.is(world.keeper.takeChanged().length, 1)
  world.keeper.end(log)
  world.run(60_000)
  const [gone] = world.keeper.takeChanged()
  assert.equal([gone?.ended, gone?.copies], [true, []])
})

test('a clock that goes back does not put off what is due, nor excuse who evades', () => {
  const world = new World([r]).keep().run(hourMs)
  world.answer = (action) => {
    if (action.kind === 'audit') world.keeper.handleAudit(world.clockMs, log, action.custodian, 'evaded')
    else world.keeper.handleRefused(world.clockMs, log, action.custodian, refused('busy', ''))
  }
  world.run(4 * hourMs)
  world.skewMs = -20 * dayMs
  world.run(20 * hourMs)
  assert.is(world.states(), '1 kept')
  world.run(8 * hourMs)
  assert.is(world.states(), '1 failed')
})

test.run()
