// The page of a run: what was measured, where Runnel wins and where it loses, how to repeat each figure, and what is missing
// and why. One file that fetches nothing.

import { type Figure, figuresOf, type Measured } from '../frame/figures.js'
import { noiseOf } from '../frame/noise.js'
import { renderNumber } from '../frame/number.js'
import type { Results } from '../frame/results.js'
import { lines, renderCount } from '../sim/render.js'
import type { Simulation } from '../sim/results.js'
import { allScenarios, suiteOf } from '../suites/all.js'
import { barsOf, type Chart, growthOf, peersOf, ratiosOf } from './charts.js'
import { inline, json, list, plain, table } from './html.js'
import { lossesOf, missedGoals } from './losses.js'
import { style } from './style.js'

export interface PageContent {
  readonly results: Results
  /** Where the raw data are. */
  readonly path: string
  readonly simulation?: Simulation | undefined
  /** The page's script. */
  readonly script: string
}

export function renderPage(content: PageContent): string {
  const page = new Page(content.results)
  const main = [
    page.heading(content.path),
    page.atAGlance(),
    page.losses(),
    ...page.scenarios(),
    ...(content.simulation === undefined ? [] : [page.scale(content.simulation)]),
    page.missing(),
  ].join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Runnel, measured ${plain(content.results.at.slice(0, 10))}</title>
<style>${style}</style>
</head>
<body>
<main>
${main}
</main>
<script type="application/json" id="charts">${json(page.charts)}</script>
<script>${content.script.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`
}

class Page {
  readonly charts: Chart[] = []
  readonly #results: Results
  /** By provider, the one that a user has by default first. */
  readonly #figures: ReadonlyMap<string, readonly Figure[]>

  constructor(results: Results) {
    this.#results = results
    const providers = Object.keys(results.providers).sort()
    this.#figures = new Map(providers.map((provider) => [provider, figuresOf(results, allScenarios, provider)]))
  }

  get #first(): readonly Figure[] {
    return this.#figures.values().next().value ?? []
  }

  heading(path: string): string {
    const { at, commit, machine, peers, rounds } = this.#results
    const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`)
    const memory = `${Math.round(machine.memoryBytes / 1024 ** 3)} GiB`
    return `<h1>Runnel beside its peers</h1>
<p>Measured ${plain(at.slice(0, 10))} at commit <code>${plain(commit)}</code>; ${rounds} rounds at most, all contenders in turn in each.
A figure is the median; its whisker and its brackets are the 95 % interval.</p>
<p class="faint">${plain(`${machine.processors} × ${machine.processor}, ${memory}, ${machine.system}, Linux ${machine.kernel}, Node ${machine.node}, TCP ${machine.congestionControl}`)}.
Beside it ${plain(versions.join(', ') || 'nobody')}. Raw data: <code>${plain(path)}</code>.</p>`
  }

  atAGlance(): string {
    const ratios = ratiosOf(this.#first)
    if (ratios.bars.length === 0) return ''
    return `<h2>How many times as good</h2>
<p>To the right of 1 Runnel is better, to the left the peer is.</p>
<div class="card">${this.#chart(ratios, 'How many times as good Runnel is as each peer')}</div>`
  }

  losses(): string {
    const losses = lossesOf(this.#first)
    const missed = missedGoals(this.#first)
    const rows = losses.map(({ figure, beside }) => [
      `${inline(figure.scenario.title)}: ${inline(figure.row.title)}`,
      shown(figure.own, figure.row.unit),
      `${plain(beside.name)} ${shown(beside.measured, figure.row.unit)}`,
      `<span class="loses">${renderNumber(beside.ratio)}\u00a0×</span>`,
    ])
    const goals = missed.map(
      ({ figure, goal }) =>
        `${inline(figure.scenario.title)}: ${inline(figure.row.title)}, ${plain(goal)} was wanted, ${shown(figure.own, figure.row.unit)} was measured`,
    )
    return `<h2>What Runnel loses</h2>
${losses.length === 0 ? '<p>No peer was better in anything that was measured here.</p>' : table(['what', 'Runnel', 'beside it', ''], rows)}
${goals.length === 0 ? '' : `<h3 class="later">Goals that are missed</h3>${list(goals)}`}`
  }

  scenarios(): string[] {
    return allScenarios.flatMap((scenario) => {
      const own = this.#first.filter((figure) => figure.scenario === scenario)
      if (own.length === 0) return []
      const cards = own.filter(({ beside }) => beside.length > 0 || this.#figures.size > 1)
      return [
        `<h2>${inline(scenario.title)}</h2>
<div class="grid">${cards.map((figure) => this.#card(figure)).join('\n')}</div>
<p></p>
${table(['what', 'Runnel', 'beside it', '×', 'goal'], own.map(rowOf))}
<p class="faint">Again: <code>npm run bench -- ${suiteOf(scenario.name)} --only ${scenario.name}</code></p>`,
      ]
    })
  }

  scale(simulation: Simulation): string {
    const { growth, checks, seed } = simulation
    const charts = growthOf(simulation).map(
      ({ title, chart }) => `<div class="card"><h3>${plain(title)}</h3>${this.#chart(chart, title)}</div>`,
    )
    const shownIn = (of: (typeof lines)[number]['of'], unit: string, index: number): string => {
      const measures = growth[index]
      return measures === undefined ? '' : `${renderCount(of(measures))} ${unit}`
    }
    const rows = lines.map(({ title, of, unit }) => [
      plain(title),
      ...growth.map((_, index) => plain(shownIn(of, unit, index))),
    ])
    const sizes = checks.map(({ real }) => real.nodes.toLocaleString('en-US')).join(', ')
    const nodes = growth.at(-1)?.nodes ?? 0
    return `<h2>Scale, by simulation</h2>
<p>A tree like an ISP’s, readers by Zipf’s law. Lines are the model; ${checks.length === 0 ? 'no real nodes ran beside it' : `rings are real nodes under virtual time, ${plain(sizes)} of them`}.</p>
<div class="grid">${charts.join('\n')}</div>
<p></p>
${table(['nodes', ...growth.map(({ nodes: count }) => count.toLocaleString('en-US'))], rows)}
<p class="faint">Again: <code>npm run bench -- sim --nodes ${nodes} --seed ${plain(seed)}</code></p>`
  }

  missing(): string {
    const { absent, leftOut = [], failures, probes = [], machine, interrupted } = this.#results
    const noise = noiseOf(probes, machine.processors)
    const items = [
      ...Object.entries(absent).map(([name, reason]) => `Without ${plain(name)}: ${inline(reason)}.`),
      ...leftOut.map(({ scenario, reason }) => `Without ${plain(scenario)}: ${plain(reason)}.`),
      ...failures.map(
        ({ scenario, contender, error }) =>
          `${plain(scenario)} of ${plain(contender)} failed: ${plain(error.split('\n')[0] ?? '')}`,
      ),
      ...(interrupted === true ? ['The run was interrupted before it was done.'] : []),
      ...(noise?.reasons ?? []).map((reason) => `The machine was noisy: ${plain(reason)}.`),
      ...(noise === undefined ? ['Nobody looked at how noisy the machine was.'] : []),
    ]
    return `<h2>What is missing, and why</h2>
${items.length === 0 ? '<p>Nothing: all of it ran, on a quiet machine.</p>' : list(items)}`
  }

  #card({ row, scenario }: Figure): string {
    const same = [...this.#figures].flatMap(([provider, figures]): [string, Figure][] => {
      const figure = figures.find((one) => one.scenario === scenario && one.row === row)
      return figure === undefined ? [] : [[provider, figure]]
    })
    const better = row.better === 'higher' ? 'more is better' : 'less is better'
    return `<div class="card"><h3>${inline(row.title)}</h3><span class="faint">${better}</span>${this.#chart(barsOf(new Map(same)), row.title)}</div>`
  }

  #chart(chart: Chart, label: string): string {
    this.charts.push(chart)
    return `<div data-chart="${this.charts.length - 1}"><canvas role="img" aria-label="${plain(label)}"></canvas></div>`
  }
}

function rowOf({ row, own, beside, goals }: Figure): string[] {
  return [
    inline(row.title),
    shown(own, row.unit),
    beside.map(({ name, measured }) => `${plain(name)} ${shown(measured, row.unit)}`).join('<br>'),
    beside
      .map(
        (one) =>
          `<span class="${peersOf([one]).length > 0 && one.ratio < 1 ? 'loses' : ''}">${renderNumber(one.ratio)}</span>`,
      )
      .join('<br>'),
    goals.map(({ text, met }) => `${plain(text)}: ${met ? 'met' : '<span class="loses">missed</span>'}`).join('<br>'),
  ]
}

function shown({ summary, interval, outliers }: Measured, unit: string): string {
  const range = interval === undefined ? '' : ` [${renderNumber(interval.low)} – ${renderNumber(interval.high)}]`
  const far = outliers.length === 0 ? '' : `, outliers ${outliers.map(renderNumber).join(', ')}`
  return plain(`${renderNumber(summary.median)} ${unit}${range}${far}`)
}
