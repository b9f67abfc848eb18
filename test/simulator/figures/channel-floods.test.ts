// Holds what channel-floods.ts measures.

import { measureChannelFloods } from './channel-floods.js'
import { holdFigures } from './hold.js'

holdFigures('channel-floods', 'a neighbour that opens many channels has its share of them', measureChannelFloods)
