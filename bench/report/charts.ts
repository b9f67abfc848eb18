// What the charts of the page are drawn from: plain data, the same for the page's script and for whoever makes it.

import type { BesideFigure, Figure, Measured } from '../frame/figures.js'
import type { Measures } from '../sim/measures.js'
import type { Simulation } from '../sim/results.js'

export interface Bar {
  readonly name: string
  readonly isRunnel: boolean
  readonly value: number
  readonly low: number
  readonly high: number
}

/** One row: Runnel and whoever is beside it, in one unit. */
export interface BarsChart {
  readonly kind: 'bars'
  readonly unit: string
  readonly bars: readonly Bar[]
}

/** How many times as good Runnel is, by row and peer: 1 is as good, below it loses. */
export interface RatiosChart {
  readonly kind: 'ratios'
  readonly bars: readonly Bar[]
}

export interface GrowthLine {
  readonly name: string
  readonly points: readonly { readonly nodes: number; readonly value: number }[]
  /** What real nodes did, beside it. */
  readonly real: readonly { readonly nodes: number; readonly value: number }[]
}

/** Something by the number of nodes, which is drawn by powers of ten. */
export interface GrowthChart {
  readonly kind: 'growth'
  readonly unit: string
  readonly isLogarithmic: boolean
  readonly lines: readonly GrowthLine[]
}

export type Chart = BarsChart | RatiosChart | GrowthChart

/** The same row with each provider, and the peers of the first. */
export function barsOf(figures: ReadonlyMap<string, Figure>): BarsChart {
  const bar = (name: string, isRunnel: boolean, { summary, interval }: Measured): Bar => {
    const { low, high } = interval ?? { low: summary.min, high: summary.max }
    return { name, isRunnel, value: summary.median, low, high }
  }
  const [first] = figures.values()
  const named = (provider: string): string => (figures.size === 1 ? 'Runnel' : `Runnel, ${provider}`)
  return {
    kind: 'bars',
    unit: first?.row.unit ?? '',
    bars: [
      ...[...figures].map(([provider, { own }]) => bar(named(provider), true, own)),
      ...(first?.beside ?? []).map(({ name, measured }) => bar(name, false, measured)),
    ],
  }
}

/** The best first. */
export function ratiosOf(figures: readonly Figure[]): RatiosChart {
  const bars = figures.flatMap(({ scenario, row, beside }) =>
    peersOf(beside).map(({ name, ratio, interval }): Bar => {
      const { low, high } = interval ?? { low: ratio, high: ratio }
      return { name: `${scenario.name}: ${row.title} / ${name}`, isRunnel: ratio >= 1, value: ratio, low, high }
    }),
  )
  return { kind: 'ratios', bars: bars.sort((a, b) => b.value - a.value) }
}

/** Those that Runnel could be better than; beside nothing at all a ratio says nothing. */
export function peersOf(beside: readonly BesideFigure[]): BesideFigure[] {
  return beside.filter(({ against, ratio }) => against.isBound !== true && ratio > 0 && Number.isFinite(ratio))
}

export interface TitledChart {
  readonly title: string
  readonly chart: GrowthChart
}

export function growthOf({ growth, checks }: Simulation): TitledChart[] {
  const line = (name: string, of: (measures: Measures) => number): GrowthLine => ({
    name,
    points: growth.map((one) => ({ nodes: one.nodes, value: of(one) })),
    real: checks.map(({ real }) => ({ nodes: real.nodes, value: of(real) })),
  })
  return [
    {
      title: 'Where a read is answered',
      chart: {
        kind: 'growth',
        unit: '% of reads',
        isLogarithmic: false,
        lines: [
          line('at home', ({ servedShare }) => 100 * servedShare.own),
          line('access router', ({ servedShare }) => 100 * servedShare.access),
          line('metro router', ({ servedShare }) => 100 * servedShare.metro),
          line('root', ({ servedShare }) => 100 * servedShare.root),
          line('publisher', ({ servedShare }) => 100 * servedShare.publisher),
          line('nobody', ({ refusedShare }) => 100 * refusedShare),
        ],
      },
    },
    {
      title: 'Bytes that uplinks are spared',
      chart: {
        kind: 'growth',
        unit: '%',
        isLogarithmic: false,
        lines: [
          line('of access routers', ({ savedAccess }) => 100 * savedAccess),
          line('of metro routers', ({ savedMetro }) => 100 * savedMetro),
        ],
      },
    },
    {
      title: 'Ways at the root',
      chart: {
        kind: 'growth',
        unit: 'ways',
        isLogarithmic: true,
        lines: [
          line('below it', ({ rootRoutesWanted }) => rootRoutesWanted),
          line('that it knows', ({ rootRoutes }) => rootRoutes),
        ],
      },
    },
    {
      title: 'Links that a live entry crosses',
      chart: {
        kind: 'growth',
        unit: 'links',
        isLogarithmic: true,
        lines: [
          line('with a copy for each follower', ({ unicastCrossings }) => unicastCrossings),
          line('one copy a link', ({ liveCrossings }) => liveCrossings),
          line('most copies of one router', ({ mostCopies }) => mostCopies),
        ],
      },
    },
  ]
}
