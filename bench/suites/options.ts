// What a run of suites is asked for on the command line. Throws a Refusal for what it does not understand.

import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseDuration } from '../frame/budget.js'
import type { Scenario } from '../frame/scenario.js'
import { fullSizes, parseSize, quickSizes, type Sizes, tourSizes } from '../frame/sizes.js'
import { type LinkProfile, linkProfiles, profileOf } from '../impaired/index.js'
import { scenariosOf, suites, tourName } from './all.js'

/** What cannot be done as it was asked for. */
export class Refusal extends Error {}

export interface Options {
  readonly suite: string
  readonly scenarios: readonly Scenario[]
  readonly rounds: number
  /** Milliseconds for all of it; undefined: as long as the rounds take. */
  readonly budgetMs: number | undefined
  readonly sizes: Sizes
  /** Links that the uplink is made like, each a run of its own; none: it stays as it is. */
  readonly links: readonly LinkProfile[]
  readonly quick: boolean
  readonly write: boolean
  /** Values of RUNNEL_CRYPTO in the order of preference; all of them run, or only the first that there is. */
  readonly providers: readonly string[]
  readonly firstProviderOnly: boolean
  /** Whether peers run beside Runnel. */
  readonly withPeers: boolean
  readonly directory: string
  readonly cpuProfile: string | undefined
  readonly results: string | undefined
  readonly report: string | undefined
  /** Whether scale is simulated too, and shown in the report. */
  readonly simulates: boolean
}

const defaultBudget = '15m'

/** The suite of which each scenario is a link. */
const ladderName = 'links'

export function parseOptions(args: readonly string[]): Options {
  const { values: given, positionals } = parsed(args)
  const [suite = tourName, surplus] = positionals
  const offered = scenariosOf(suite)
  if (offered === undefined) {
    throw new Refusal(`there is no suite ${suite}; there are: ${Object.keys(suites).join(', ')}`)
  }
  if (surplus !== undefined)
    throw new Refusal(`${surplus} is one word too many; --only SCENARIO asks for one of ${suite}`)
  const unknown = given.only.filter((name) => !offered.some((scenario) => scenario.name === name))
  if (unknown.length > 0) {
    const names = offered.map(({ name }) => name).join(', ')
    throw new Refusal(`there is no scenario ${unknown.join(', ')}; there are: ${names}`)
  }
  const isTour = suite === tourName
  const rounds = Number(given.rounds ?? (given.quick ? 1 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Refusal(`--rounds ${given.rounds} is no number of rounds`)
  const size = given.size === undefined ? undefined : parseSize(given.size)
  if (given.size !== undefined && size === undefined) {
    throw new Refusal(`--size ${given.size} is no size; write 512MiB or 1GiB`)
  }
  const budget = given.budget ?? (isTour && given.rounds === undefined ? defaultBudget : undefined)
  const budgetMs = budget === undefined ? undefined : parseDuration(budget)
  if (budget !== undefined && budgetMs === undefined) {
    throw new Refusal(`--budget ${budget} is no duration; write 15m or 90s`)
  }
  const chosen = linksOf(suite, given.profile)
  const links = suite === ladderName ? [] : chosen
  if (links.length > 1 && given.results !== undefined)
    throw new Refusal('several links have results of their own: leave out --results')
  return {
    suite,
    links,
    scenarios: offered.filter(({ name, long, link }) => {
      if (given.only.length > 0) return given.only.includes(name)
      if (suite === ladderName) return chosen.length === 0 || chosen.some((profile) => profile.name === link)
      return long !== true || given.long
    }),
    rounds,
    budgetMs,
    sizes: {
      ...(given.quick ? quickSizes : isTour ? tourSizes : fullSizes),
      ...(size === undefined ? {} : { fileBytes: size, sessionBytes: size, lineFileBytes: size }),
    },
    quick: given.quick,
    write: given.write,
    providers: given.provider.length > 0 ? given.provider : ['native', 'portable'],
    firstProviderOnly: isTour && given.provider.length === 0,
    withPeers: !given['no-peers'],
    directory: given.directory,
    cpuProfile: given['cpu-profile'] === undefined ? undefined : resolve(given['cpu-profile']),
    results: given.results,
    report: given.report ?? (isTour && !given.quick ? 'bench/report/index.html' : undefined),
    simulates: isTour && !given.quick && given.only.length === 0,
  }
}

/** The links of `--profile NAME`, or all of the ladder. */
function linksOf(suite: string, name: string | undefined): readonly LinkProfile[] {
  if (name === undefined) return []
  if (suite !== 'readers' && suite !== ladderName)
    throw new Refusal('--profile is of the suites readers and links; --cpu-profile DIR is for all')
  const found = name === 'all' ? linkProfiles : [profileOf(name)].filter((profile) => profile !== undefined)
  if (found.length > 0) return found
  throw new Refusal(`there is no link ${name}; there are: ${linkProfiles.map(({ name }) => name).join(', ')}, all`)
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        budget: { type: 'string' },
        size: { type: 'string' },
        only: { type: 'string', multiple: true, default: [] },
        long: { type: 'boolean', default: false },
        'no-peers': { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        provider: { type: 'string', multiple: true, default: [] },
        directory: { type: 'string', default: tmpdir() },
        profile: { type: 'string' },
        'cpu-profile': { type: 'string' },
        results: { type: 'string' },
        report: { type: 'string' },
      },
    })
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error))
  }
}
