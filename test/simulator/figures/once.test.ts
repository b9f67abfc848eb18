// Holds what once.ts measures.

import { holdFigures } from './hold.js'
import { measureOnce } from './once.js'

holdFigures('once', 'a chunk crosses a link once for everybody behind it', measureOnce)
