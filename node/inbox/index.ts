// Inboxes at a node: keeping those of others, having one, and writing to somebody's. What was signed for survives a kill;
// what was taken is shown until it is acknowledged, and never after.

export { Inbox, type InboxContext, type KeeperState } from './inbox.js'
export { InboxService, type ServiceContext } from './service.js'
export { type Dial, localTalks, type Talk } from './talk.js'
