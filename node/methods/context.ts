// What the methods that look at a node may see of it.

import type { Identity as IdentityText } from '../../api/protocol/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import type { Carrier } from '../carrier/index.js'
import type { ChosenCrypto } from '../choose-crypto.js'
import type { StoreContent } from '../content-store.js'
import type { Custody } from '../custody/index.js'
import type { Firewall } from '../firewall/index.js'
import type { Hub } from '../hub.js'
import type { Mail } from '../inbox/index.js'
import type { Measures } from '../metrics/index.js'
import type { Time } from '../outside.js'
import type { OwnStreams } from '../publisher/index.js'
import type { LocalServers } from '../servers.js'
import type { Sessions } from '../sessions/index.js'
import type { Store } from '../store/index.js'
import type { NodeTunnel } from '../tunnel/index.js'

export interface ObservingContext {
  readonly crypto: Crypto
  /** Why it is this provider. */
  readonly chosen: ChosenCrypto
  readonly store: Store
  readonly content: Pick<StoreContent, 'findName' | 'isOwn' | 'served'>
  readonly measures: Measures
  readonly time: Time
  readonly randomBytes: (count: number) => Uint8Array
  readonly hub: Hub
  readonly carrier: Carrier
  readonly streams: OwnStreams
  readonly custody: Custody
  readonly mail: Mail
  readonly sessions: Pick<Sessions, 'state' | 'counters'>
  readonly identity: IdentityText
  readonly version: string
  readonly root: boolean
  /** Whether the certificate of our name lists this device. */
  readonly isListed: () => boolean
  readonly listening: readonly string[]
  readonly startedMs: number
  /** Where metrics are served, if they are. */
  readonly metricsSocket: () => string | undefined
  readonly servers: LocalServers
  /** Whether what is to run beside the node does. */
  readonly isReady: () => boolean
  readonly firewall: Firewall
  readonly tunnel: Pick<NodeTunnel, 'status' | 'counters' | 'measured' | 'examine'>
  readonly stop: () => void
}
