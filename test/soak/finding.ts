// What the soak says in the end: one line for each bound, and whether it was kept.

export interface Finding {
  readonly what: string
  readonly who: string
  /** In words, with units. */
  readonly found: string
  readonly limit: string
  readonly kept: boolean
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

/** A line for each: what, who, what was found, the limit. */
export function tableOf(findings: readonly Finding[]): string {
  const rows = [
    ['', 'what', 'who', 'found', 'limit'],
    ...findings.map(({ what, who, found, limit, kept }) => [kept ? 'kept' : 'BROKEN', what, who, found, limit]),
  ]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
