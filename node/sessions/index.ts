// Conversations of this node: services that others dial, and dialling others. Bytes come out once and in order, held back by
// whoever reads slowly, and survive changes of the way.

export { Announcing } from './announcing.js'
export type { Conversation, Peer } from './conversation.js'
export { Dialer, type DialOptions, type DialTarget } from './dial.js'
export { type Messages, openMessages } from './messages.js'
export { provenName } from './proven-name.js'
export { checkService, ownPrefix, type ServeOptions, type ServiceHandler } from './services.js'
export { type Measured, type SessionCounters, Sessions, type SessionsOptions, type SessionsState } from './sessions.js'
export type { Ways } from './ways.js'
