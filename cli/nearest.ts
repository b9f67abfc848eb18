// The word that a user probably meant.

/** The nearest of `words` to `given`, by the changes of a letter between them; undefined when none is near. */
export function nearest<T extends string>(given: string, words: readonly T[]): T | undefined {
  // What is much longer than any word is no typing error, and comparing it would take its time.
  if (given.length > 64) return undefined
  let best: { word: T; distance: number } | undefined
  for (const word of words) {
    const distance = changesBetween(given.toLowerCase().replaceAll('_', '-'), word)
    if (distance <= Math.max(2, word.length / 3) && (best === undefined || distance < best.distance)) {
      best = { word, distance }
    }
  }
  return best?.word
}

/** Levenshtein's distance, one row at a time. */
function changesBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[right.length] ?? 0
}
