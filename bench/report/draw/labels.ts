// Text that fits: labels in lines of so many letters, numbers with three digits that count.

/** Lines of at most `letters`, broken between words. */
export function wrap(text: string, letters: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= letters) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

export function short(value: number): string {
  const magnitude = Math.abs(value)
  if (magnitude >= 1_000_000) return `${Number((value / 1_000_000).toPrecision(3))} M`
  if (magnitude >= 10_000) return `${Number((value / 1_000).toPrecision(3))} k`
  return String(Number(value.toPrecision(3)))
}

/** The label of a mark on a scale of powers of ten: of 1, 2 and 5 of each power alone, or of 1 alone. */
export function powerLabel(value: number, leading: readonly number[]): string {
  const first = Number((value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(3))
  return leading.includes(first) ? short(value) : ''
}
