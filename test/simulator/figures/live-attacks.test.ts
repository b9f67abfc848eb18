// Holds what live-attacks.ts measures.

import { holdFigures } from './hold.js'
import { measureLiveAttacks } from './live-attacks.js'

holdFigures('live-attacks', 'who follows a log is shown all of it, whatever attackers do', measureLiveAttacks)
