// Every suite of the bench, in the order in which `npm run bench` goes through them.

import { custodyScenarios } from '../custody/index.js'
import type { Scenario } from '../frame/scenario.js'
import { ladderScenarios } from '../impaired/ladder.js'
import { inboxScenarios } from '../inbox/index.js'
import { liveScenarios } from '../live/index.js'
import { objectScenarios } from '../objects/index.js'
import { readerScenarios } from '../readers/index.js'
import { sessionScenarios } from '../session/index.js'
import { tunScenarios } from '../tun/index.js'

export const suites: Readonly<Record<string, readonly Scenario[]>> = {
  objects: objectScenarios,
  live: liveScenarios,
  session: sessionScenarios,
  inbox: inboxScenarios,
  custody: custodyScenarios,
  readers: readerScenarios,
  links: ladderScenarios,
  tun: tunScenarios,
}

/** The name of a run of all suites. */
export const tourName = 'all'

export const allScenarios: readonly Scenario[] = Object.values(suites).flat()

/** Of a suite by its name, or of all; undefined where there is none. */
export function scenariosOf(suite: string): readonly Scenario[] | undefined {
  return suite === tourName ? allScenarios : suites[suite]
}

/** The suite that a scenario belongs to: what repeats it. */
export function suiteOf(scenario: string): string {
  return Object.entries(suites).find(([, all]) => all.some(({ name }) => name === scenario))?.[0] ?? tourName
}
