// Holds what restarts.ts measures.

import { holdFigures } from './hold.js'
import { measureRestarts } from './restarts.js'

holdFigures('restarts', 'a router that restarts costs its readers no more than its absence', measureRestarts)
