// The bench of conversations: how fast one is through a router, and how soon.

import type { Scenario } from '../frame/scenario.js'
import { sessionScenario } from './session.js'

export const sessionScenarios: readonly Scenario[] = [sessionScenario]
