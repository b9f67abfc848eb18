// Holds what bandwidth.ts measures.

import { measureBandwidth } from './bandwidth.js'
import { holdFigures } from './hold.js'

holdFigures('bandwidth', 'no attacker takes more than its part of what the others could read', measureBandwidth)
