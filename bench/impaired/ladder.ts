// `npm run bench -- links [--profile NAME]`: a file that the readers of a house want, one after the other, over each bad link
// in turn: how soon its first byte is there and how soon all of it. Read cold it crosses the link once; then it comes from the
// router's cache, to one who takes it a day old at once, to one who wants the newest after the publisher has been asked.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeRandomFile } from '../frame/material.js'
import type { Row } from '../frame/row.js'
import { type Contender, contender, type Outcome, type Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import type { Distribution, Wants } from './distribution.js'
import { whyNotImpaired } from './impair.js'
import { LadderLine, type ReaderPlace, readers } from './ladder-line.js'
import { openNginx } from './ladder-nginx.js'
import { openRunnel } from './ladder-runnel.js'
import { figuresOf, linkRows } from './measure.js'
import { type LinkProfile, linkProfiles } from './profiles.js'

type Open = (surroundings: Surroundings, line: LadderLine, directory: string, file: string) => Promise<Distribution>

const leastBytes = 64 * 1024
const mostBytes = 8 * 1024 ** 2

/** What the link carries in so many seconds, within bounds; where a quarter is lost, TCP carries hardly a tenth of it. */
export function bytesFor({ down }: LinkProfile, seconds: number): number {
  const share = (1 - down.loss.percent / 100) ** 8
  return Math.round(Math.min(mostBytes, Math.max(leastBytes, (down.kilobitsPerSecond * 1000 * seconds * share) / 8)))
}

const phases: Readonly<Record<ReaderPlace, { readonly phase: string; readonly wants: Wants }>> = {
  first: { phase: 'cold', wants: 'newest' },
  second: { phase: 'second', wants: 'dayOld' },
  third: { phase: 'newest', wants: 'newest' },
}

const rows: readonly Row[] = [
  seconds('cold, first byte', 'coldFirst'),
  seconds('cold, all of it', 'coldAll'),
  seconds('second reader, takes it a day old, first byte', 'secondFirst'),
  seconds('second reader, all of it', 'secondAll'),
  { title: 'third reader, wants the newest, first byte', measure: 'newestFirst', unit: 's', better: 'lower' },
  { title: 'third reader, all of it', measure: 'newestAll', unit: 's', better: 'lower' },
  beside('came over the link for all, times the file', 'copies', '×'),
  ...linkRows,
]

export const ladderScenarios: readonly Scenario[] = linkProfiles.map((profile) => ({
  name: `link-${profile.name}`,
  title: `${profile.title} (${toldOf(profile)})`,
  link: profile.name,
  long: true,
  costS: 90,
  sizes: ['linkS', 'linkFileS'],
  rows,
  open: (surroundings) => openContenders(surroundings, profile),
}))

function seconds(title: string, measure: string): Row {
  return beside(title, measure, 's')
}

function beside(title: string, measure: string, unit: string): Row {
  return { title, measure, unit, better: 'lower', against: [{ peer: 'nginx' }] }
}

function toldOf({ down, up }: LinkProfile): string {
  const megabits = (rate: number): string => String(rate / 1000)
  const lost = down.loss.percent === 0 ? '' : `, ${down.loss.percent} % lost each way`
  const rate = `${megabits(down.kilobitsPerSecond)} / ${megabits(up.kilobitsPerSecond)} Mbit/s`
  return `${down.delayMs + up.delayMs} ms, ${rate}${lost}`
}

async function openContenders(surroundings: Surroundings, profile: LinkProfile): Promise<Contender[]> {
  const reason = whyNotImpaired(profile)
  if (reason !== undefined) throw new Error(`left out: ${reason}`)
  const directory = join(surroundings.directory, `link-${profile.name}`)
  mkdirSync(directory, { recursive: true })
  const file = join(directory, 'file.bin')
  writeRandomFile(file, bytesFor(profile, surroundings.sizes.linkFileS), 'link')
  const of = (name: string, open: Open): Contender =>
    contender(
      name,
      () => new Opened(surroundings, join(directory, name)),
      (opened) => opened.measure(profile, open, file),
    )
  const runnel = surroundings.providers.map((provider) => ({
    ...of('runnel', (some, line, place, path) => openRunnel(some, provider, line, place, path)),
    provider,
  }))
  return surroundings.peers.has('nginx') ? [...runnel, of('nginx', openNginx)] : runnel
}

/** One run: a line and what runs on it, all of which is gone at the end. */
class Opened {
  readonly #surroundings: Surroundings
  readonly #directory: string
  readonly #line: LadderLine
  #distribution: Distribution | undefined

  constructor(surroundings: Surroundings, directory: string) {
    this.#surroundings = surroundings
    this.#directory = directory
    this.#line = new LadderLine(surroundings)
  }

  async measure(profile: LinkProfile, open: Open, file: string): Promise<Outcome> {
    const line = this.#line
    mkdirSync(this.#directory, { recursive: true })
    const facts = await line.impair(profile, this.#surroundings)
    this.#distribution = await open(this.#surroundings, line, this.#directory, file)
    const values: Record<string, number> = figuresOf(facts)
    const counters: Record<string, number> = {}
    const beforeBytes = line.cameOverLink()
    let bytes = 0
    for (const place of readers) {
      const { phase, wants } = phases[place]
      const reading = await this.#distribution.read(place, wants)
      if (reading === undefined) continue
      bytes = reading.bytes
      values[`${phase}First`] = reading.firstMs / 1000
      values[`${phase}All`] = reading.allMs / 1000
      counters[`${phase}.bytes`] = reading.bytes
      counters[`${phase}.verified`] = reading.verified ? 1 : 0
      counters[`${phase}.cached`] = reading.cached ? 1 : 0
      counters[`${phase}.copies`] = Math.round((line.cameOverLink() - beforeBytes) / bytes)
    }
    values.copies = (line.cameOverLink() - beforeBytes) / bytes
    return { values, counters, costs: {} }
  }

  async close(): Promise<void> {
    await this.#distribution?.close()
    await this.#line.end()
    this.#surroundings.remove(this.#directory)
  }
}
