// Holds what forks.ts measures.

import { measureForks } from './forks.js'
import { holdFigures } from './hold.js'

holdFigures('forks', 'a forked log is read as far as its states agree', measureForks)
