// Equality and order of byte strings. Not in constant time: secrets are compared by `constantTimeEqual` of stack/crypto.

/** From how many bytes on it is worth it to look at four at a time. */
const byWordsFrom = 256

/** Whether both have the same length and content. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  const areAligned = a.length >= byWordsFrom && a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0
  let index = 0
  if (areAligned) {
    const [x, y] = [wordsOf(a), wordsOf(b)]
    for (let word = 0; word < x.length; word++) if (x[word] !== y[word]) return false
    index = 4 * x.length
  }
  for (; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
}

/** Lexicographic order by unsigned bytes, a prefix before what it begins: negative, 0 or positive, as `sort` wants it. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let index = 0; index < shared; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Whether every byte is zero; true for no bytes. */
export function isZero(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== 0) return false
  return true
}
