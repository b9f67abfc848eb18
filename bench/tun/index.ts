// `npm run bench -- tun`: packets of unmodified programs between two machines, beside tunnels that a user would take instead.

import type { Scenario } from '../frame/scenario.js'
import { directScenario, middleScenario, ownMtuScenario, startScenario, unsegmentedScenario } from './scenarios.js'

export const tunScenarios: readonly Scenario[] = [
  directScenario,
  middleScenario,
  unsegmentedScenario,
  ownMtuScenario,
  startScenario,
]
