// Every target. targets.test.ts holds this list against what the folders export.

import type { Target } from '../target.js'
import { apiTargets } from './api.js'
import { bytesTargets } from './bytes.js'
import { channelTargets } from './channels.js'
import { cliTargets } from './cli.js'
import { custodyTargets } from './custody.js'
import { dataTargets } from './data.js'
import { forwardTargets } from './forward.js'
import { inboxTargets } from './inbox.js'
import { linkTargets } from './link.js'
import { logWalkTargets } from './log-walks.js'
import { nameTargets } from './name.js'
import { packetTargets } from './packet.js'
import { sessionTargets } from './session.js'
import { storeTargets } from './store.js'
import { tunnelTargets } from './tunnel.js'
import { walkTargets } from './walks.js'
import { wireTargets } from './wire.js'

export const targets: readonly Target[] = [
  ...bytesTargets,
  ...nameTargets,
  ...dataTargets,
  ...walkTargets,
  ...logWalkTargets,
  ...linkTargets,
  ...custodyTargets,
  ...inboxTargets,
  ...wireTargets,
  ...forwardTargets,
  ...channelTargets,
  ...sessionTargets,
  ...packetTargets,
  ...storeTargets,
  ...apiTargets,
  ...cliTargets,
  ...tunnelTargets,
]

/** The targets whose names contain one of these; all where none is given. */
export function targetsNamed(parts: readonly string[]): Target[] {
  return targets.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)))
}
