// The table that a run is read by: for each row Runnel's median and spread, each peer's, how many times as good Runnel
// is, and whether the goals are met.

import type { Results } from './results.js'
import type { Beside, Row, Scenario } from './scenario.js'
import { type Summary, summarize } from './statistics.js'

/** A table for each provider that ran, in Markdown. */
export function renderTables(results: Results, scenarios: readonly Scenario[]): string {
  return Object.entries(results.providers)
    .map(([provider, used]) => {
      const rows = scenarios.flatMap((scenario) => scenarioRows(results, scenario, provider))
      return [`### With ${used}`, '', heading, ...rows].join('\n')
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
    `The large file has ${sizes.fileBytes} bytes. Medians of ${rounds} interleaved runs, [least – most]; "×" is how many times as good Runnel is. The load was ${loadBefore.map((load) => load.toFixed(1)).join(', ')} before. Raw data: \`${path}\`.`,
    ...Object.entries(absent).map(([name, reason]) => `Without ${name}: ${reason}.`),
    ...(results.failures.length > 0 ? [`${results.failures.length} runs failed.`] : []),
  ].join('\n')
}

const heading = '| what | Runnel | beside it | × | goal | |\n|---|---|---|---|---|---|'

function scenarioRows(results: Results, scenario: Scenario, provider: string): string[] {
  const summaryOf = (contender: string, measure: string): Summary | undefined => {
    const fitting = results.samples.filter(
      (sample) =>
        sample.scenario === scenario.name &&
        sample.contender === contender &&
        (sample.provider === undefined || sample.provider === provider),
    )
    const numbers = fitting.map(({ values }) => values[measure] ?? Number.NaN).filter((value) => !Number.isNaN(value))
    return numbers.length === 0 ? undefined : summarize(numbers)
  }
  const lines = scenario.rows.flatMap((row) => {
    const own = summaryOf('runnel', row.measure)
    return own === undefined ? [] : renderRow(row, own, summaryOf)
  })
  return lines.length === 0 ? [] : [`| **${scenario.title}** | | | | | |`, ...lines]
}

function renderRow(
  row: Row,
  own: Summary,
  summaryOf: (peer: string, measure: string) => Summary | undefined,
): string[] {
  const beside = (row.against ?? []).flatMap((against) => {
    const peer = summaryOf(against.peer, against.measure ?? row.measure)
    return peer === undefined ? [] : [{ against, peer, ratio: ratioOf(row, own, peer) }]
  })
  const goals: { text: string; met: boolean }[] = []
  if (row.goal !== undefined) {
    const met = row.better === 'higher' ? own.median >= row.goal : own.median <= row.goal
    goals.push({ text: `${row.better === 'higher' ? '≥' : '≤'} ${row.goal} ${row.unit}`, met })
  }
  for (const { against, ratio } of beside) {
    if (against.goal !== undefined)
      goals.push({ text: `≥ ${against.goal} × ${against.peer}`, met: ratio >= against.goal })
  }
  const cells = [
    row.title,
    renderSummary(own, row.unit),
    beside.map(({ against, peer }) => `${nameOf(against, row)} ${renderSummary(peer, row.unit)}`).join('<br>'),
    beside.map(({ ratio }) => renderNumber(ratio)).join('<br>'),
    goals.map(({ text }) => text).join('<br>'),
    goals.map(({ met }) => (met ? 'met' : 'missed')).join('<br>'),
  ]
  return [`| ${cells.join(' | ')} |`]
}

function nameOf({ peer, measure }: Beside, row: Row): string {
  return measure === undefined || measure === row.measure ? peer : `${peer} (${measure})`
}

function ratioOf(row: Row, own: Summary, peer: Summary): number {
  return row.better === 'higher' ? own.median / peer.median : peer.median / own.median
}

function renderSummary({ median, min, max, runs }: Summary, unit: string): string {
  const spread = runs === 1 ? '' : ` [${renderNumber(min)} – ${renderNumber(max)}]`
  return `${renderNumber(median)} ${unit}${spread}`
}

/** Three digits that count. */
export function renderNumber(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const magnitude = Math.abs(value)
  if (magnitude >= 100) return Math.round(value).toLocaleString('en-US')
  return magnitude >= 10 ? value.toFixed(1) : magnitude >= 0.1 ? value.toFixed(2) : value.toPrecision(2)
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
