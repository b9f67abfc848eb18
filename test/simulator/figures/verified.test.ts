// Holds what verified.ts measures.

import { holdFigures } from './hold.js'
import { measureVerified } from './verified.js'

holdFigures(
  'verified',
  'beside every attacker only what verifies is stored, forwarded and shown, and readers finish',
  measureVerified,
)
