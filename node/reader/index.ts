// The reading half of a node: from a link to verified bytes, with where each of them came from. Nothing is yielded or
// written before it is verified; every call ends by its caller's signal or its idle deadline.

export { Download, type DownloadProgress } from './download.js'
export { readFile } from './file-bytes.js'
export { type FollowState, followEntries } from './follow.js'
export { defaultIdleTimeoutMs, pieceBytes } from './limits.js'
export { listFolder } from './list.js'
export { newestEntries, type PlacedEntry, readEntries, readLogEntries } from './log-walk.js'
export { isPartialName } from './partial-file.js'
export { readThrough } from './read-through.js'
export { ReadSession, type SessionContext } from './session.js'
export { findItem, isSite, openSite, referenceOf, type Site, type SiteItem, siteOf } from './site.js'
export { openTarget, type Petnames, readLink, type Target, type TargetLog } from './target.js'
