// The bench of what is followed live: how soon an append is seen, by how many, and how fast a log may be.

import type { Scenario } from '../frame/scenario.js'
import { appendScenario } from './append.js'
import { linksScenario } from './links.js'

export const liveScenarios: readonly Scenario[] = [appendScenario, linksScenario]
