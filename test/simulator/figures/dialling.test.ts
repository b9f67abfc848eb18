// Holds what dialling.ts measures.

import { measureDialling } from './dialling.js'
import { holdFigures } from './hold.js'

holdFigures('dialling', 'a dial has its first byte after three round trips, or two', measureDialling)
