// Holds what asking.ts measures.

import { measureAsking } from './asking.js'
import { holdFigures } from './hold.js'

holdFigures('asking', 'what is the newest is asked once where it was read before, and twice where not', measureAsking)
