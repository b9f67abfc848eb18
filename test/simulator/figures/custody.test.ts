// Holds what custody.ts, custody-audits.ts and custody-faults.ts measure.

import { measureThefts } from './custody.js'
import { measureAudits } from './custody-audits.js'
import { measureKeeping } from './custody-faults.js'
import { holdFigures } from './hold.js'

holdFigures(
  'custody',
  'thieves of custody are found, and what was promised is read when its publisher is gone',
  async (size) => [...(await measureAudits(size)), ...(await measureThefts(size)), ...(await measureKeeping(size))],
)
