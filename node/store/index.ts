// The durable store of a home. What `commit` and `keep` acknowledged survives power loss, whole or not at all; no byte is
// given that does not verify; the cache stays within its limit and never holds anybody up; damage is named.

export type { Damage } from './damage.js'
export { type FileStat, type Files, type Lock, type OpenFile, readWhole, writeWhole } from './files.js'
export type { ForkProof } from './forks.js'
export { HOME_VERSION, type Home } from './home.js'
export type {
  CardItem,
  ChunkItem,
  ForgetItem,
  ForkItem,
  HeadItem,
  HeadWithPage,
  KeptItem,
  NameItem,
  OwnItem,
  PlaceName,
  RunItem,
  ValueItem,
} from './item.js'
export type { OwnHead } from './own-logs.js'
export { openRealFiles } from './real-files.js'
export type { ScrubProgress } from './scrub.js'
export type { CacheStats, DurableStats, StoreStats } from './stats.js'
export { openStore, type Store, type StoreOptions } from './store.js'
export type { StoredHead } from './stored-head.js'
export type { StoredCard, StoredName } from './stored-name.js'
export { type Clock, systemTime, type Time, type Timer } from './time.js'
