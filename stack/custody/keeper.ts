// The client's half of custody: which log is to be kept until when, who has promised it, and what is to be done next.
// Offers every newer state, renews at half of the time that was promised, audits at random, looks for another custodian
// when one refuses, fails or is gone, and withdraws what is not wanted any more. It does nothing itself: whoever owns it
// polls actions, does them, and tells how they ended. One action at a time for each custodian.

import { equal } from '../bytes/index.js'
import { auditsADay, firstRetryMs, longestRetryMs, lostAfterMs, maxFailedAudits, wantedCopies } from './limits.js'
import type { Refused } from './policy.js'
import type { Receipt } from './receipt.js'

/** How a log stands with one custodian. */
export interface Copy {
  readonly custodian: Uint8Array
  /** The newest receipt that verified, and when it came. */
  receipt: Receipt | undefined
  receivedMs: number
  /** The state of the log that the receipt is for, as `handleHead` names states. */
  held: Uint8Array | undefined
  /** Whether it is shown as keeping it. `failed`: it has lost or forged what it signed for. */
  state: 'asked' | 'kept' | 'refused' | 'lost' | 'failed'
  /** Why not. */
  problem: string | undefined
  /** Not asked again before. */
  retryMs: number
  failures: number
  reachedMs: number
  auditMs: number
  auditedMs: number | undefined
  failedAudits: number
  /** When the first audit ended with nothing shown since the last good one; undefined: none did. */
  evadedMs: number | undefined
}

export interface Duty {
  readonly log: Uint8Array
  /** How long each promise is to be. */
  keepMs: number
  /** Renewed until then; undefined: until it is taken back. */
  untilMs: number | undefined
  /** Taken back: what was promised is to be withdrawn. */
  ended: boolean
  copies: Copy[]
}

export type Action =
  | { readonly kind: 'offer'; readonly log: Uint8Array; readonly custodian: Uint8Array; readonly untilMs: number }
  | {
      readonly kind: 'audit'
      readonly log: Uint8Array
      readonly custodian: Uint8Array
      /** The last one failed: the same is to be asked for again, so that a bad moment is told from a loss. */
      readonly again: boolean
    }
  | { readonly kind: 'withdraw'; readonly log: Uint8Array; readonly custodian: Uint8Array }

/** `evaded`: it was reached and asked, and neither showed nor denied anything. `unknown`: it was not asked. */
export type AuditResult = 'good' | 'bad' | 'evaded' | 'unknown'

/** After a newer head, so long is waited for further ones, in milliseconds. */
const groupMs = 1_000
const auditEveryMs = 86_400_000 / auditsADay

export class Keeper {
  readonly #duties: Duty[]
  readonly #heads = new Map<Duty, { readonly state: Uint8Array; readonly dueMs: number }>()
  readonly #busy: Uint8Array[] = []
  readonly #changed = new Set<Duty>()
  readonly #random: () => number
  #custodians: readonly Uint8Array[] = []

  /** `random`: numbers in [0, 1). `duties`: what an earlier process left. */
  constructor(random: () => number, duties: readonly Duty[]) {
    this.#random = random
    this.#duties = [...duties]
  }

  get duties(): readonly Duty[] {
    return this.#duties
  }

  find(log: Uint8Array): Duty | undefined {
    return this.#duties.find((duty) => equal(duty.log, log))
  }

  /** Those that may be asked, the best first. Who is not among them any more is asked nothing new. */
  setCustodians(custodians: readonly Uint8Array[]): void {
    this.#custodians = custodians
  }

  /** Wishes a log to be kept, or for another time. */
  keep(nowMs: number, log: Uint8Array, keepMs: number, untilMs: number | undefined): void {
    const known = this.find(log)
    const duty = known ?? { log: log.slice(), keepMs, untilMs, ended: false, copies: [] }
    if (known === undefined) this.#duties.push(duty)
    Object.assign(duty, { keepMs, untilMs, ended: false })
    for (const copy of duty.copies) {
      if (copy.state === 'failed') continue
      copy.retryMs = Math.min(copy.retryMs, nowMs)
      if (copy.state !== 'kept') copy.problem = undefined
    }
    this.#changed.add(duty)
  }

  /** It is not wanted any more: every promise is taken back. */
  end(log: Uint8Array): void {
    const duty = this.find(log)
    if (duty === undefined) return
    duty.ended = true
    for (const copy of duty.copies) copy.retryMs = 0
    this.#changed.add(duty)
  }

  /** The newest state of a log, named by 32 bytes that do not change when it is only signed again. */
  handleHead(nowMs: number, log: Uint8Array, state: Uint8Array): void {
    const duty = this.find(log)
    if (duty === undefined) return
    const known = this.#heads.get(duty)
    if (known !== undefined && equal(known.state, state)) return
    // What is due already stays so for a while: a log that never rests is offered too.
    const isDue = known !== undefined && nowMs < known.dueMs + groupMs && nowMs > known.dueMs - 2 * groupMs
    this.#heads.set(duty, { state: state.slice(), dueMs: isDue ? known.dueMs : nowMs + groupMs })
  }

  /** A link came up: who could not be reached may be now. */
  handleReachable(nowMs: number): void {
    for (const { copies } of this.#duties) {
      for (const copy of copies) {
        if (copy.state === 'lost' || copy.problem === unreachable) copy.retryMs = Math.min(copy.retryMs, nowMs)
      }
    }
  }

  /** What to do now, if anything. */
  pollAction(nowMs: number): Action | undefined {
    for (const duty of [...this.#duties]) {
      this.#settle(nowMs, duty)
      const action = duty.ended
        ? this.#nextWithdrawal(nowMs, duty)
        : (this.#nextOffer(nowMs, duty) ?? this.#nextAudit(nowMs, duty))
      if (action === undefined) continue
      this.#busy.push(action.custodian)
      return action
    }
    return undefined
  }

  /** When to poll again at the latest, in milliseconds from now: clocks jump, so it is never long. */
  pollDelayMs(nowMs: number): number {
    let dueMs = nowMs + 60_000
    for (const duty of this.#duties) {
      const offerMs = this.#heads.get(duty)?.dueMs ?? 0
      if (offerMs > nowMs) dueMs = Math.min(dueMs, offerMs)
      for (const { retryMs, auditMs, state } of duty.copies) {
        for (const atMs of [retryMs, state === 'kept' ? auditMs : 0]) if (atMs > nowMs) dueMs = Math.min(dueMs, atMs)
      }
    }
    return Math.max(100, dueMs - nowMs)
  }

  /** Duties whose record is to be written again; one that is gone has no copies and is ended. */
  takeChanged(): Duty[] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  /** A receipt that verifies came, for the state that was offered. */
  handleReceipt(nowMs: number, receipt: Receipt, state: Uint8Array): void {
    this.#done(receipt.custodian)
    const [duty, copy] = this.#copyOf(receipt.log, receipt.custodian)
    if (duty === undefined || copy === undefined) return
    const fresh = copy.receipt === undefined || copy.state === 'failed'
    const change: Partial<Copy> = {
      receipt,
      held: state.slice(),
      receivedMs: nowMs,
      state: 'kept',
      problem: undefined,
      failures: 0,
      reachedMs: nowMs,
      // A log that never rests is offered once a second.
      retryMs: nowMs + groupMs,
    }
    Object.assign(copy, change)
    if (fresh)
      Object.assign(copy, { failedAudits: 0, evadedMs: undefined, auditMs: nowMs + this.#random() * auditEveryMs })
    this.#changed.add(duty)
  }

  /** It said no, or what it said does not hold together (`blame`). */
  handleRefused(
    nowMs: number,
    log: Uint8Array,
    custodian: Uint8Array,
    { reason, retryS, text }: Refused,
    blame = false,
  ): void {
    this.#done(custodian)
    const [duty, copy] = this.#copyOf(log, custodian)
    if (duty === undefined || copy === undefined) return
    copy.failures += 1
    copy.reachedMs = nowMs
    copy.retryMs = nowMs + Math.max(retryS * 1000, blame ? longestRetryMs : this.#pauseMs(copy.failures))
    copy.problem = text === '' ? reason : text
    if (blame) copy.state = 'failed'
    // What it has promised before stands as long as its time.
    else if (copy.receipt === undefined || copy.receipt.untilMs <= nowMs) copy.state = 'refused'
    this.#changed.add(duty)
  }

  /** It could not be asked. */
  handleUnreachable(nowMs: number, log: Uint8Array, custodian: Uint8Array): void {
    this.#done(custodian)
    const [duty, copy] = this.#copyOf(log, custodian)
    if (duty === undefined || copy === undefined) return
    copy.failures += 1
    copy.retryMs = nowMs + this.#pauseMs(copy.failures)
    copy.auditMs = Math.max(copy.auditMs, copy.retryMs)
    copy.problem = unreachable
    this.#changed.add(duty)
  }

  /** How an audit ended. Who evades them for a day counts as having lost what it signed for. */
  handleAudit(nowMs: number, log: Uint8Array, custodian: Uint8Array, result: AuditResult): void {
    this.#done(custodian)
    const [duty, copy] = this.#copyOf(log, custodian)
    if (duty === undefined || copy === undefined) return
    copy.auditMs = nowMs + (0.5 + this.#random()) * auditEveryMs
    copy.reachedMs = nowMs
    if (result === 'evaded') copy.evadedMs ??= nowMs
    else if (result !== 'unknown') {
      copy.failedAudits = result === 'good' ? 0 : copy.failedAudits + 1
      copy.problem = result === 'good' ? undefined : doubted
      // Only what was shown counts as audited.
      if (result === 'good') Object.assign(copy, { auditedMs: nowMs, evadedMs: undefined })
      else copy.auditMs = nowMs + firstRetryMs
    }
    // A clock that went back: what was evaded in the future was evaded now.
    if (copy.evadedMs !== undefined && copy.evadedMs > nowMs) copy.evadedMs = nowMs
    const evades = copy.evadedMs !== undefined && nowMs - copy.evadedMs > lostAfterMs
    if (copy.failedAudits >= maxFailedAudits || evades) {
      copy.state = 'failed'
      copy.problem = evades ? 'it evades being audited' : 'it does not have what it has signed for'
      copy.retryMs = nowMs + longestRetryMs
    }
    this.#changed.add(duty)
  }

  handleWithdrawn(log: Uint8Array, custodian: Uint8Array): void {
    this.#done(custodian)
    const [duty] = this.#copyOf(log, custodian)
    if (duty === undefined) return
    duty.copies = duty.copies.filter((copy) => !equal(copy.custodian, custodian))
    this.#changed.add(duty)
  }

  /** Forgets promises that are over, and duties with nothing left to do. */
  #settle(nowMs: number, duty: Duty): void {
    for (const copy of duty.copies) {
      if (copy.state === 'kept' && nowMs - copy.reachedMs > lostAfterMs && copy.failures > 0) {
        copy.state = 'lost'
        this.#changed.add(duty)
      }
      if (copy.state === 'kept' && copy.receipt !== undefined && copy.receipt.untilMs <= nowMs) {
        copy.state = copy.failures > 0 ? 'lost' : 'asked'
        copy.problem ??= 'its promise is over'
        this.#changed.add(duty)
      }
      // A clock that went back: what was heard in the future was heard now.
      if (copy.reachedMs > nowMs) copy.reachedMs = nowMs
      if (copy.retryMs > nowMs + 24 * longestRetryMs) copy.retryMs = nowMs + longestRetryMs
      if (copy.auditMs > nowMs + 2 * auditEveryMs) copy.auditMs = nowMs + this.#random() * auditEveryMs
      // A clock that went on, or a process that slept: not all that is overdue is done at once.
      if (copy.auditMs < nowMs - auditEveryMs) copy.auditMs = nowMs + this.#random() * auditEveryMs
    }
    if (duty.untilMs !== undefined && duty.untilMs + 2 * lostAfterMs < nowMs) duty.ended = true
    if (!duty.ended) return
    duty.copies = duty.copies.filter(({ receipt }) => receipt !== undefined && receipt.untilMs > nowMs)
    if (duty.copies.length > 0) return
    this.#duties.splice(this.#duties.indexOf(duty), 1)
    this.#heads.delete(duty)
    this.#changed.add(duty)
  }

  #nextOffer(nowMs: number, duty: Duty): Action | undefined {
    const newest = this.#heads.get(duty)
    if (newest === undefined || (newest.dueMs > nowMs && newest.dueMs <= nowMs + groupMs)) return undefined
    const untilMs = Math.floor(Math.min(nowMs + duty.keepMs, duty.untilMs ?? Number.MAX_SAFE_INTEGER))
    if (untilMs <= nowMs) return undefined
    const offer = (copy: Copy): Action => ({ kind: 'offer', log: duty.log, custodian: copy.custodian, untilMs })
    for (const copy of duty.copies) {
      if (copy.retryMs > nowMs || this.#isBusy(copy.custodian)) continue
      if (copy.state === 'lost') return offer(copy)
      if (copy.state !== 'kept' || copy.receipt === undefined) continue
      const { receipt, receivedMs } = copy
      const halfMs = receivedMs + (receipt.untilMs - receivedMs) / 2
      // Nothing to gain where the wish itself ends with the promise.
      const renew = nowMs >= halfMs && untilMs > receipt.untilMs
      if (renew || copy.held === undefined || !equal(copy.held, newest.state)) return offer(copy)
    }
    // Whoever is being asked may yet say yes, so no more are asked than are wanted.
    let copies = duty.copies.filter(({ state, custodian }) => state === 'kept' || this.#isBusy(custodian)).length
    for (const custodian of this.#custodians) {
      if (copies >= wantedCopies) return undefined
      if (this.#isBusy(custodian)) continue
      const known = duty.copies.find((copy) => equal(copy.custodian, custodian))
      if (known?.state === 'kept' || (known !== undefined && known.retryMs > nowMs)) continue
      const copy = known ?? newCopy(custodian, nowMs)
      if (known === undefined) duty.copies.push(copy)
      copies += 1
      return offer(copy)
    }
    return undefined
  }

  #nextAudit(nowMs: number, duty: Duty): Action | undefined {
    for (const { custodian, state, auditMs, failedAudits } of duty.copies) {
      if (state !== 'kept' || auditMs > nowMs || this.#isBusy(custodian)) continue
      return { kind: 'audit', log: duty.log, custodian, again: failedAudits > 0 }
    }
    return undefined
  }

  #nextWithdrawal(nowMs: number, duty: Duty): Action | undefined {
    const copy = duty.copies.find(({ custodian, retryMs }) => retryMs <= nowMs && !this.#isBusy(custodian))
    return copy && { kind: 'withdraw', log: duty.log, custodian: copy.custodian }
  }

  #copyOf(log: Uint8Array, custodian: Uint8Array): [Duty | undefined, Copy | undefined] {
    const duty = this.find(log)
    return [duty, duty?.copies.find((copy) => equal(copy.custodian, custodian))]
  }

  #pauseMs(failures: number): number {
    return Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20)) * (0.75 + this.#random() / 2)
  }

  #isBusy(custodian: Uint8Array): boolean {
    return this.#busy.some((one) => equal(one, custodian))
  }

  #done(custodian: Uint8Array): void {
    const index = this.#busy.findIndex((one) => equal(one, custodian))
    if (index >= 0) this.#busy.splice(index, 1)
  }
}

/** What is said of a custodian that could not be asked. */
export const unreachable = 'it cannot be reached'

/** What is said of one that has failed one audit. */
const doubted = 'it did not show what it has signed for, and is asked once more'

function newCopy(custodian: Uint8Array, nowMs: number): Copy {
  return {
    custodian: custodian.slice(),
    receipt: undefined,
    receivedMs: 0,
    held: undefined,
    state: 'asked',
    problem: undefined,
    retryMs: 0,
    failures: 0,
    reachedMs: nowMs,
    auditMs: 0,
    auditedMs: undefined,
    failedAudits: 0,
    evadedMs: undefined,
  }
}
