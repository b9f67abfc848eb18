// Holds what hostile.ts measures.

import { holdFigures } from './hold.js'
import { measureHostile } from './hostile.js'

holdFigures('hostile', 'bombs, silence and old states cost a reader little, and are named', measureHostile)
