// Days as people read them, of times that others have said.

/** The last that a calendar has (ECMA-262, section 21.4.1.1); a time on the wire may be any number. */
const lastMs = 8_640_000_000_000_000

/** The day of a time (ms since 1970) in UTC, by ISO 8601. */
export function dayText(ms: number): string {
  return new Date(Math.min(ms, lastMs)).toISOString().replace(/T.*/, '')
}
