// Holds what bounds.ts measures.

import { measureBounds } from './bounds.js'
import { holdFigures } from './hold.js'

holdFigures('bounds', 'the tables of a flooded router stay within their limits', measureBounds)
