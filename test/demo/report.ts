// What the demo prints: a table of who served what, and the claims with their outcome.

export interface Row {
  readonly title: string
  readonly kind: 'get' | 'publish'
  readonly bytes: number
  readonly seconds: number
  readonly sources: readonly { hop: number; cached: boolean; bytes: number }[]
  /** Bytes that the publisher's uplink sent meanwhile, by the kernel's counter; undefined where there is none. */
  readonly uplink: number | undefined
}

export class Claims {
  readonly #outcomes: { text: string; holds: boolean }[] = []

  check(text: string, holds: boolean): void {
    this.#outcomes.push({ text, holds })
    console.log(`${holds ? 'ok    ' : 'FAILED'} ${text}`)
  }

  get failed(): number {
    return this.#outcomes.filter(({ holds }) => !holds).length
  }

  summary(): string {
    return `${this.#outcomes.length - this.failed} claims hold, ${this.failed} failed`
  }
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

/** Exact where it is small, so that nothing can be told from little. */
function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1e3).toFixed(1)} kB` : `${megabytes(bytes)} MB`
}

/** Columns wide enough for what they hold; one line a step. */
export function table(rows: readonly Row[]): string {
  const head = ['step', 'MB', 'seconds', 'MB/s', 'served by', "a's uplink sent"]
  const body = rows.map((row) => [
    row.title,
    megabytes(row.bytes),
    row.seconds.toFixed(2),
    (row.bytes / 1e6 / row.seconds).toFixed(1),
    row.kind === 'publish' ? '–' : servedBy(row),
    row.uplink === undefined ? 'not counted' : sizeText(row.uplink),
  ])
  const widths = head.map((title, column) =>
    Math.max(title.length, ...body.map((cells) => (cells[column] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
  return ['', line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line), ''].join('\n')
}

function servedBy(row: Row): string {
  const names = row.sources.map(({ hop, cached, bytes }) => {
    const who = hop === 0 ? 'own cache' : `hop ${hop}${cached ? ' (cache)' : ' (writer)'}`
    return `${who} ${sizeText(bytes)}`
  })
  return names.join(', ')
}
