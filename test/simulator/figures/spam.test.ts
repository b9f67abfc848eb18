// Holds what spam.ts measures.

import { holdFigures } from './hold.js'
import { measureSpam } from './spam.js'

holdFigures('spam', 'spam costs an owner 100 downloads, custodians their quota, and contacts nothing', measureSpam)
