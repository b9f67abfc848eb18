// What the simulation found, as text: how each measure grows, and how far the model is from real nodes.

import { renderNumber } from '../frame/number.js'
import { type Measures, places } from './measures.js'

interface Line {
  readonly title: string
  readonly of: (measures: Measures) => number
  readonly unit: '' | '%' | 'kB/s'
  /** Whether the model has to say it: what follows from the tree alone has not. */
  readonly checked: boolean
}

const served: readonly Line[] = places.map((place) => ({
  title: `read from ${{ own: 'the home itself', access: 'the access router', metro: 'the metro router', root: 'the root', beyond: 'a router on the way down', publisher: 'the publisher' }[place]}`,
  of: (measures) => 100 * measures.servedShare[place],
  unit: '%',
  checked: true,
}))

export const lines: readonly Line[] = [
  { title: 'metro routers', of: ({ metros }) => metros, unit: '', checked: false },
  { title: 'access routers', of: ({ accesses }) => accesses, unit: '', checked: false },
  { title: 'homes', of: ({ homes }) => homes, unit: '', checked: false },
  { title: 'objects', of: ({ objects }) => objects, unit: '', checked: false },
  { title: 'reads', of: ({ reads }) => reads, unit: '', checked: false },
  { title: 'ways below the root', of: ({ rootRoutesWanted }) => rootRoutesWanted, unit: '', checked: false },
  { title: 'ways that the root knows', of: ({ rootRoutes }) => rootRoutes, unit: '', checked: true },
  { title: 'ways at the busiest metro router', of: ({ metroRoutes }) => metroRoutes, unit: '', checked: true },
  {
    title: 'announcements to the root',
    of: ({ announceBytesPerSecond }) => announceBytesPerSecond / 1_000,
    unit: 'kB/s',
    checked: true,
  },
  ...served,
  {
    title: 'read from nobody: no way is known',
    of: ({ refusedShare }) => 100 * refusedShare,
    unit: '%',
    checked: true,
  },
  { title: 'hops to a copy, mean', of: ({ hopsMean }) => hopsMean, unit: '', checked: true },
  { title: 'hops to a copy, nine in ten', of: ({ hops90 }) => hops90, unit: '', checked: true },
  {
    title: 'bytes that access uplinks are spared',
    of: ({ savedAccess }) => 100 * savedAccess,
    unit: '%',
    checked: true,
  },
  { title: 'bytes that metro uplinks are spared', of: ({ savedMetro }) => 100 * savedMetro, unit: '%', checked: true },
  { title: 'live: followers', of: ({ followers }) => followers, unit: '', checked: false },
  { title: 'live: copies that the writer sends', of: ({ writerCopies }) => writerCopies, unit: '', checked: true },
  { title: 'live: most copies that a router sends', of: ({ mostCopies }) => mostCopies, unit: '', checked: true },
  { title: 'live: links that an entry crosses', of: ({ liveCrossings }) => liveCrossings, unit: '', checked: true },
  {
    title: 'live: as many, with a copy for each follower',
    of: ({ unicastCrossings }) => unicastCrossings,
    unit: '',
    checked: false,
  },
]

/** What is counted has no fraction to show. */
export function renderCount(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : renderNumber(value)
}

function shown(line: Line, measures: Measures): string {
  const text = renderCount(line.of(measures))
  return line.unit === '' ? text : `${text} ${line.unit}`
}

/** By the model: a column for each size. */
export function renderGrowth(sizes: readonly Measures[]): string {
  const heading = `| by the model | ${sizes.map(({ nodes }) => `${nodes.toLocaleString('en-US')} nodes`).join(' | ')} |`
  const rule = `|---|${sizes.map(() => '--:').join('|')}|`
  return [
    heading,
    rule,
    ...lines.map((line) => `| ${line.title} | ${sizes.map((one) => shown(line, one)).join(' | ')} |`),
  ].join('\n')
}

export interface Check {
  readonly real: Measures
  readonly model: Measures
}

/** Percent points for shares, percent for everything else. */
export function differenceOf(line: Line, { real, model }: Check): number {
  const [found, said] = [line.of(real), line.of(model)]
  if (line.unit === '%') return said - found
  return found === 0 && said === 0 ? 0 : 100 * (said / found - 1)
}

/** Real nodes beside the model. */
export function renderChecks(checks: readonly Check[]): string {
  return checks
    .map((check) => {
      const heading = `| ${check.real.nodes.toLocaleString('en-US')} nodes | real nodes | model | difference |\n|---|--:|--:|--:|`
      const rows = lines
        .filter(({ checked }) => checked)
        .map((line) => {
          const difference = differenceOf(line, check)
          const unit = line.unit === '%' ? 'points' : '%'
          const sign = difference > 0 ? '+' : ''
          const cells = [line.title, shown(line, check.real), shown(line, check.model)]
          return `| ${cells.join(' | ')} | ${sign}${difference.toFixed(1)} ${unit} |`
        })
      return [heading, ...rows].join('\n')
    })
    .join('\n\n')
}
