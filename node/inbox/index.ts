// Inboxes at a node: keeping those of others, having one, and writing to somebody's. What was signed for survives a kill;
// what was taken is shown until it is acknowledged, and never after.

export type { Inbox } from './inbox.js'
export { attachmentMs, attachmentWaitMs } from './limits.js'
export { type Mail, openMail } from './open.js'
export type { InboxService } from './service.js'
