// All figures, in the order in which they are shown.

import { measureAsking } from './asking.js'
import { measureBandwidth } from './bandwidth.js'
import { measureBounds } from './bounds.js'
import { measureChannelFloods } from './channel-floods.js'
import { measureThefts } from './custody.js'
import { measureAudits } from './custody-audits.js'
import { measureKeeping } from './custody-faults.js'
import { measureDialling } from './dialling.js'
import type { Measure } from './figure.js'
import { measureForks } from './forks.js'
import { measureHostile } from './hostile.js'
import { measureLabels } from './labels.js'
import { measureLive } from './live.js'
import { measureLiveAttacks } from './live-attacks.js'
import { measureOnce } from './once.js'
import { measureRestarts } from './restarts.js'
import { measureSpam } from './spam.js'
import { measureThieves } from './thieves.js'
import { measureVerified } from './verified.js'

export const measures: { readonly [name: string]: Measure } = {
  verified: measureVerified,
  bandwidth: measureBandwidth,
  once: measureOnce,
  live: measureLive,
  'live-attacks': measureLiveAttacks,
  dialling: measureDialling,
  restarts: measureRestarts,
  asking: measureAsking,
  thieves: measureThieves,
  forks: measureForks,
  hostile: measureHostile,
  bounds: measureBounds,
  spam: measureSpam,
  labels: measureLabels,
  'channel-floods': measureChannelFloods,
  audits: measureAudits,
  thefts: measureThefts,
  keeping: measureKeeping,
}
