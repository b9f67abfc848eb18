// The bench of inboxes: how many letters a custodian takes, and how soon one is signed for and read.

import type { Scenario } from '../frame/scenario.js'
import { custodianScenario } from './custodian.js'
import { lettersScenario } from './letters.js'

export const inboxScenarios: readonly Scenario[] = [custodianScenario, lettersScenario]
