// Holds what thieves.ts measures.

import { holdFigures } from './hold.js'
import { measureThieves } from './thieves.js'

holdFigures('thieves', 'who stole a rung or a device loses to who holds the next rung', measureThieves)
