// What is fuzzed: a target takes any bytes and throws on a violation. Whoever replays, explores or minimizes inputs needs to
// know nothing else of it.

/** A broken promise of a target; anything else that it throws (a RangeError of the decoder, say) is one too. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

export interface Target {
  /** `folder/what`, as in `npm run fuzz -- 10m stack/name`. */
  readonly name: string
  /** Decoders have 10^4 cases in CI, machines share 2·10^4 sequences. */
  readonly kind: 'decoder' | 'machine'
  /** The exported decoders that it covers, by their names in the source. */
  readonly covers: readonly string[]
  /** Corpora of unit tests to begin from, relative to the root; the target's own is test/fuzz/corpus/<name>. */
  readonly corpora?: readonly string[]
  /** Inputs that our own encoders write, so that exploring follows a format that changes. */
  readonly seeds?: () => Uint8Array[]
  /** Values that are worth writing into an input. */
  readonly words?: readonly Uint8Array[]
  /** Bytes that one run may allocate besides 64 for each byte of its input; 16 KiB, less than a claimed u16, unless said. */
  readonly allocatesBytes?: number
  /** Bytes of an input, at most; 4,096 unless said. */
  readonly inputBytes?: number
  /** Cases in CI where they are other than those of its kind, because one costs a millisecond or more. */
  readonly casesInCi?: number
  run(bytes: Uint8Array): void | Promise<void>
}

/** Throws a Violation that says what was promised, unless it holds. */
export function demand(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Violation(promise)
}

/** Cases of one target in CI: 10^4 of a decoder, and of the machines 2·10^4 in all. */
export function casesInCi(target: Target): number {
  return target.casesInCi ?? (target.kind === 'decoder' ? 10_000 : 1_400)
}

export const defaultInputBytes = 4_096
const defaultAllocatesBytes = 16_384
const allocatesPerInputByte = 64

/** Bytes that a run on `input` may allocate. */
export function allocationBound(target: Target, input: Uint8Array): number {
  return (target.allocatesBytes ?? defaultAllocatesBytes) + allocatesPerInputByte * input.length
}
