// What goes wrong with the calls to a disk in memory: the n-th one fails, or is the last one that the process makes.

/** The `call`-th call from now on (1 is the next) fails with this code; with `forever`, every later one too. */
export interface Failure {
  readonly call: number
  readonly code: 'EIO' | 'ENOSPC' | 'EROFS'
  readonly forever?: boolean
  /** Only calls of these kinds count; all where it is missing. */
  readonly kinds?: readonly CallKind[]
}

export const callKinds = [
  'open',
  'create',
  'read',
  'write',
  'flush',
  'truncate',
  'stat',
  'list',
  'name',
  'sync',
] as const
export type CallKind = (typeof callKinds)[number]

/** Thrown by what answers at once; what is a promise never settles. Nobody is there any more who could see either. */
export class Killed extends Error {}

export const never = new Promise<never>(() => {})

export class Faults {
  /** Calls so far. */
  calls = 0
  /** Calls that failed; and those of them that read. */
  failed = 0
  failedReads = 0
  /** Resolves when the process was killed. */
  readonly death: Promise<void>
  isDead = false
  #die: () => void = () => {}
  #failure: Failure | undefined
  #failureCalls = 0
  #callsToLive = Number.POSITIVE_INFINITY
  #deadly: readonly CallKind[] = callKinds

  constructor() {
    this.death = new Promise((resolve) => {
      this.#die = resolve
    })
  }

  failAt(failure: Failure | undefined): void {
    this.#failure = failure
    this.#failureCalls = 0
  }

  /** The process is killed in its `call`-th call from now on, of those of these kinds; with 0, now. */
  dieAt(call: number, kinds: readonly CallKind[] = callKinds): void {
    this.#callsToLive = call
    this.#deadly = kinds
    if (call === 0) this.#kill()
  }

  /** Counts a call. False when the process does not live to see its end. Throws what it fails with. */
  pass(kind: CallKind, path: string): boolean {
    if (this.isDead) return false
    this.calls++
    if (this.#deadly.includes(kind)) this.#callsToLive--
    if (this.#callsToLive === 0) {
      this.#kill()
      return false
    }
    const failure = this.#failure
    if (failure === undefined || failure.kinds?.includes(kind) === false) return true
    this.#failureCalls++
    if (this.#failureCalls === failure.call || (failure.forever && this.#failureCalls > failure.call)) {
      this.failed++
      if (kind === 'open' || kind === 'read' || kind === 'stat' || kind === 'list') this.failedReads++
      throw systemError(failure.code, path)
    }
    return true
  }

  #kill(): void {
    this.isDead = true
    this.#die()
  }
}

export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
