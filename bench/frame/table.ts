// The table that a run is read by: for each row Runnel's median and spread, each peer's, how many times as good Runnel
// is, and whether the goals are met.

import { type BesideFigure, type Figure, figuresOf, type Measured } from './figures.js'
import { noiseOf } from './noise.js'
import { readable, renderNumber } from './number.js'
import type { Results } from './results.js'
import type { Scenario } from './scenario.js'

/** A table for each provider that ran, in Markdown. */
export function renderTables(results: Results, scenarios: readonly Scenario[]): string {
  return Object.entries(results.providers)
    .flatMap(([provider, used]) => {
      const figures = figuresOf(results, scenarios, provider)
      const rows = scenarios.flatMap((scenario) => {
        const own = figures.filter((figure) => figure.scenario === scenario)
        return own.length === 0 ? [] : [`| **${scenario.title}** | | | | | |`, ...own.map(renderRow)]
      })
      return rows.length === 0 ? [] : [[`### With ${used}`, '', heading, ...rows].join('\n')]
    })
    .join('\n\n')
}

/** What stands above the tables: without it no figure means anything. */
export function renderFacts(results: Results, path: string): string {
  const { machine, peers, absent, at, commit, rounds, loadBefore, sizes } = results
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`)
  const memory = `${Math.round(machine.memoryBytes / 1024 ** 3)} GiB`
  return [
    `Measured ${at.slice(0, 10)} at commit ${commit} on ${machine.processors} × ${machine.processor}, ${memory}, ${machine.system}, Linux ${machine.kernel}, Node ${machine.node}, TCP ${machine.congestionControl}; beside it ${versions.join(', ')}.`,
    `The large file has ${sizes.fileBytes} bytes. Medians of ${rounds} interleaved runs at most, [least – most]; "×" is how many times as good Runnel is (95 % interval). The load was ${loadBefore.map((load) => load.toFixed(1)).join(', ')} before. Raw data: \`${path}\`.`,
    ...(results.link === undefined ? [] : [results.link.text]),
    ...Object.entries(absent).map(([name, reason]) => `Without ${name}: ${reason}.`),
    ...(results.leftOut ?? []).map(({ scenario, reason }) => `Without ${scenario}: ${reason}.`),
    ...(results.failures.length > 0 ? [`${results.failures.length} runs failed.`] : []),
    ...(results.interrupted === true ? ['It was interrupted before it was done.'] : []),
    ...(noiseOf(results.probes ?? [], machine.processors)?.reasons ?? []).map((reason) => `Noisy: ${reason}.`),
  ].join('\n')
}

const heading = '| what | Runnel | beside it | × | goal | |\n|---|---|---|---|---|---|'

function renderRow({ row, own, beside, goals }: Figure): string {
  const cells = [
    row.title,
    renderMeasured(own, row.unit),
    beside.map(({ name, measured }) => `${name} ${renderMeasured(measured, row.unit)}`).join('<br>'),
    beside.map(renderRatio).join('<br>'),
    goals.map(({ text }) => text).join('<br>'),
    goals.map(({ met }) => (met ? 'met' : 'missed')).join('<br>'),
  ]
  return `| ${cells.join(' | ')} |`
}

function renderMeasured({ summary, outliers }: Measured, unit: string): string {
  const { median, min, max, runs } = summary
  const shown = readable(median, unit)
  const number = (value: number): string => renderNumber(value * shown.factor)
  const spread = runs === 1 ? '' : ` [${number(min)} – ${number(max)}]`
  const far = outliers.length === 0 ? '' : `, outliers ${outliers.map(number).join(', ')}`
  return `${number(median)} ${shown.unit}${spread}${far}`
}

function renderRatio({ ratio, interval }: BesideFigure): string {
  if (ratio === 0) return '–'
  const range = interval === undefined ? '' : ` (${renderNumber(interval.low)} – ${renderNumber(interval.high)})`
  return `${renderNumber(ratio)}${range}`
}

const begin = (suite: string): string => `<!-- bench ${suite}: written by \`npm run bench -- ${suite} --write\` -->`
const end = (suite: string): string => `<!-- end of bench ${suite} -->`

/** The page with `text` as the section of the suite; it is put at the end where there is none yet. */
export function replaceSection(page: string, suite: string, text: string): string {
  const section = `${begin(suite)}\n\n${text}\n\n${end(suite)}`
  const from = page.indexOf(begin(suite))
  const to = page.indexOf(end(suite))
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n${section}\n`
  return `${page.slice(0, from)}${section}${page.slice(to + end(suite).length)}`
}
