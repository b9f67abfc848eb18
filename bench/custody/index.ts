// The bench of custody: how soon a custodian that keeps much serves again.

import type { Scenario } from '../frame/scenario.js'
import { restartScenario } from './restart.js'

export const custodyScenarios: readonly Scenario[] = [restartScenario]
