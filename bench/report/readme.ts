// The three figures that the README shows: the two, of different things, in which Runnel is best beside a peer, and the one in
// which it is worst, from the runs that docs/benchmarks.md was written from. `npm run bench -- readme` writes them; a test
// holds them to the raw data.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { figuresOf } from '../frame/figures.js'
import { root } from '../frame/machine.js'
import { renderNumber, renderQuantity } from '../frame/number.js'
import { type Results, readResults } from '../frame/results.js'
import { allScenarios } from '../suites/all.js'
import { Refusal } from '../suites/options.js'
import { peersOf } from './charts.js'

const begin = '<!-- figures: written by `npm run bench -- readme` -->'
const end = '<!-- end of figures -->'

/** Files of raw data that a page names. */
export function rawDataOf(page: string): string[] {
  return [...page.matchAll(/Raw data: `([^`]+\.json)`/g)].map((match) => match[1] ?? '')
}

/** The table of the README. Throws a Refusal when there are not enough figures. */
export function renderReadmeFigures(runs: readonly Results[]): string {
  const all = runs.flatMap((results) => {
    const provider = Object.keys(results.providers).sort()[0] ?? ''
    return figuresOf(results, allScenarios, provider).flatMap((figure) =>
      peersOf(figure.beside).map((beside) => ({ figure, beside })),
    )
  })
  const sorted = all.sort((a, b) => b.beside.ratio - a.beside.ratio)
  const [best, worst] = [sorted[0], sorted.at(-1)]
  const second = sorted.find(({ figure }) => figure.row.title !== best?.figure.row.title)
  if (best === undefined || second === undefined || worst === undefined || sorted.length < 3) {
    throw new Refusal('there are not three figures with a peer beside them')
  }
  const rows = [best, second, worst].map(({ figure, beside }) => {
    const { row, own, scenario } = figure
    const value = (median: number): string => renderQuantity(median, row.unit)
    // Beside next to nothing a ratio has no more to say.
    const times = beside.ratio > 1_000 ? 'over 1,000 times as good' : `${renderNumber(beside.ratio)} times as good`
    // What stands in brackets is said where all figures are.
    const title = scenario.title.replace(/ \(.*\)$/, '')
    return `| ${title}: ${row.title} | ${value(own.summary.median)} | ${beside.against.peer} ${value(beside.measured.summary.median)} | ${beside.ratio >= 1 ? times : `**${times}**`} |`
  })
  return ['| the two best, and the worst | Runnel | beside it | |', '|---|--:|--:|---|', ...rows].join('\n')
}

/** The README with these figures in their place; throws a Refusal where it has none. */
export function withFigures(readme: string, figures: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)]
  if (from < 0 || to < from) throw new Refusal('the README has no place for figures')
  return `${readme.slice(0, from)}${begin}\n\n${figures}\n\n${readme.slice(to)}`
}

/** What the README is to say now. */
export function currentReadme(): string {
  const page = readFileSync(join(root, 'docs', 'benchmarks.md'), 'utf8')
  const runs = rawDataOf(page).map((path) => {
    const results = readResults(join(root, path))
    if (typeof results === 'string') throw new Refusal(results)
    return results
  })
  return withFigures(readFileSync(join(root, 'README.md'), 'utf8'), renderReadmeFigures(runs))
}

export function writeReadme(): void {
  writeFileSync(join(root, 'README.md'), currentReadme())
}
