// What a promise was found broken with.

export class Violation extends Error {}

/** Throws with this sentence when the promise does not hold. */
export function promise(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Violation(otherwise)
}
