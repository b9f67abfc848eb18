// A comparison as text: what became worse first.

import { renderNumber } from '../frame/number.js'
import { median } from '../frame/statistics.js'
import type { Compared, Verdict } from './compare.js'

const order: readonly Verdict[] = ['worse', 'unsure', 'better', 'same']

const words: Readonly<Record<Verdict, string>> = {
  worse: 'WORSE',
  better: 'better',
  same: 'same',
  unsure: 'unsure: more rounds',
}

/** A table in Markdown; `×` is how many times as good the newer run is. */
export function renderComparison(rows: readonly Compared[]): string {
  const sorted = order.flatMap((verdict) => rows.filter((row) => row.verdict === verdict))
  const lines = sorted.map(({ scenario, row, provider, before, after, ratio, verdict }) => {
    const shown = (values: readonly number[]): string =>
      `${renderNumber(median(values))} ${row.unit} (${values.length} ${values.length === 1 ? 'run' : 'runs'})`
    const cells = [
      `${scenario.name}: ${row.title}`,
      provider ?? '',
      shown(before),
      shown(after),
      ratio === undefined ? '–' : `${ratio.ratio.toFixed(2)} [${ratio.low.toFixed(2)} – ${ratio.high.toFixed(2)}]`,
      words[verdict],
    ]
    return `| ${cells.join(' | ')} |`
  })
  return ['| what | provider | before | now | × [95 %] | |', '|---|---|---|---|---|---|', ...lines].join('\n')
}

export function renderCounts(rows: readonly Compared[]): string {
  const count = (verdict: Verdict): number => rows.filter((row) => row.verdict === verdict).length
  return `${rows.length} rows: ${count('worse')} worse, ${count('better')} better, ${count('same')} the same, ${count('unsure')} unsure`
}
