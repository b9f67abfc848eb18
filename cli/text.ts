// Values as people read them, and texts from others made harmless for a terminal.

// Control characters, separators of lines, and marks that turn the direction of writing around.
const unsafe = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu

/** A text without anything that could move the cursor, change colours or the direction of writing: such are shown escaped. */
export function clean(text: string): string {
  return text.replace(unsafe, (character) => {
    if (character === '\t') return '\\t'
    if (character === '\n') return '\\n'
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}

/** One value as one line of JSON that is harmless on a terminal too. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    unsafe,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Bytes with three figures: `940 B`, `30.1 MB` (powers of 1000, as disks and lines are sold). */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`
  let value = bytes
  for (const unit of ['kB', 'MB', 'GB', 'TB', 'PB']) {
    value /= 1000
    if (value < 999.5 || unit === 'PB') return `${value.toPrecision(3)} ${unit}`
  }
  return `${bytes} B`
}

/** A time of so many seconds: `0.42 s`, `12 s`, `3 min`, `5 h`, `12 d`. */
export function secondsText(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`
}

/** A time (ms since 1970) as ISO 8601 writes it. Others may say any number: beyond the last that a calendar has, that one. */
export function timeText(ms: number): string {
  return new Date(Math.min(ms, lastCalendarMs)).toISOString()
}

/** Its day alone. */
export function dayText(ms: number): string {
  return timeText(ms).replace(/T.*/, '')
}

/** ECMA-262, section 21.4.1.1. */
const lastCalendarMs = 8_640_000_000_000_000

/** `1 file`, `3 files`; `many` where an s is not enough. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** Lines with their columns aligned; the last column is as long as it is. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length)
  }
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** To two digits, as 0.43 ms; of a second and more as secondsText. */
export function millisecondsText(milliseconds: number): string {
  if (milliseconds >= 1000) return secondsText(milliseconds / 1000)
  return `${Number(milliseconds.toPrecision(2))} ms`
}
