// A strict reader of Prometheus' text format, written from its description and not from what writes it: families in one
// piece, a type before the first series, no series twice, histograms that add up. Throws for anything else.

export interface ReadSeries {
  /** With `_bucket`, `_sum` or `_count` for a histogram. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ReadFamily {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly series: ReadSeries[]
}

const seriesLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/su
const pair = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\n"])*)"(?:,|$)/su

export function parseMetrics(text: string): ReadFamily[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end')
  const families: ReadFamily[] = []
  const seen = new Set<string>()
  let help: [string, string] | undefined
  for (const line of text.split('\n').slice(0, -1)) {
    const [, what, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/su.exec(line) ?? []
    if (what === 'HELP') help = [name, unescaped(rest)]
    else if (what === 'TYPE') {
      if (help?.[0] !== name) throw new Error(`${name} has no help`)
      if (families.some((family) => family.name === name)) throw new Error(`${name} is in two pieces`)
      if (!['counter', 'gauge', 'histogram'].includes(rest)) throw new Error(`${name} is a ${rest}`)
      families.push({ name, help: help[1], type: rest, series: [] })
    } else {
      const family = families.at(-1)
      const series = parseSeries(line)
      const key = `${series.name} ${JSON.stringify(Object.entries(series.labels).sort())}`
      if (seen.has(key)) throw new Error(`twice: ${line}`)
      seen.add(key)
      const base = family?.type === 'histogram' ? series.name.replace(/_(bucket|sum|count)$/, '') : series.name
      if (family === undefined || base !== family.name) throw new Error(`of another family: ${line}`)
      family.series.push(series)
    }
  }
  for (const family of families) if (family.type === 'histogram') checkHistogram(family)
  return families
}

/** The value of one series, which must be there. */
export function seriesValue(
  families: readonly ReadFamily[],
  name: string,
  labels: Record<string, string> = {},
): number {
  for (const { series } of families) {
    for (const one of series) {
      if (one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value)) {
        return one.value
      }
    }
  }
  throw new Error(`there is no ${name} ${JSON.stringify(labels)}`)
}

function parseSeries(line: string): ReadSeries {
  const [whole, name = '', inner = '', number = ''] = seriesLine.exec(line) ?? []
  if (whole === undefined) throw new Error(`no series: ${line}`)
  const labels: Record<string, string> = {}
  for (let rest = inner; rest !== ''; ) {
    const [piece, label = '', value = ''] = pair.exec(rest) ?? []
    if (piece === undefined) throw new Error(`no labels: ${line}`)
    labels[label] = unescaped(value)
    rest = rest.slice(piece.length)
  }
  const value =
    number === '+Inf' ? Number.POSITIVE_INFINITY : number === '-Inf' ? -Number.POSITIVE_INFINITY : Number(number)
  if (Number.isNaN(value) && number !== 'NaN') throw new Error(`no number: ${line}`)
  return { name, labels, value }
}

function checkHistogram({ name, series }: ReadFamily): void {
  const buckets = series.filter((one) => one.name === `${name}_bucket`)
  const bounds = buckets.map(({ labels }) => (labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le)))
  const ascending = (values: readonly number[]): boolean => values.every((value, at) => value >= (values[at - 1] ?? 0))
  if (!ascending(bounds) || bounds.at(-1) !== Number.POSITIVE_INFINITY) throw new Error(`${name}: its bounds`)
  if (!ascending(buckets.map(({ value }) => value))) throw new Error(`${name}: its buckets go back`)
  if (series.find((one) => one.name === `${name}_count`)?.value !== buckets.at(-1)?.value) {
    throw new Error(`${name}: its count is not that of its last bucket`)
  }
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gsu, (_, character: string) => (character === 'n' ? '\n' : character))
}
