// Holds what live.ts measures.

import { holdFigures } from './hold.js'
import { measureLive } from './live.js'

holdFigures('live', 'very many follow a log by one copy on each link, soon and whole', measureLive)
