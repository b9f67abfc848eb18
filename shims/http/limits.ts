// Every bound of the HTTP gateway, with the reason for the number and what goes when it is reached.

/** Connections to one address at once; one more is closed as it comes. A browser holds six to an origin. */
export const maxConnections = 256

/** Requests that are being answered at once; one more is 503. Below the 256 calls that a node serves a client. */
export const maxRequests = 128

/** Of these, those that stay open to be told of new entries; one more is 503, so that they never take all. */
export const maxFollowers = 64

/** Of both, what one name may have; one more is 503: a page reaches every stream of its name, and must not shut out others. */
export const maxRequestsOfName = 64
export const maxFollowersOfName = 32

/** Bytes of a request's head; more is 431. Node's own default, named so that it cannot grow unseen. */
export const maxHeadBytes = 16_384

/** Characters of a request's target; more is 414. */
export const maxTargetCharacters = 4_096

/** How long the head of a request may take; then 408. Who sends a byte a second holds a connection no longer than this. */
export const headMs = 10_000

/** How long a whole request may take to arrive; no method that is answered has a body. */
export const requestMs = 15_000

/** How long a connection without a request stays open. */
export const keepAliveMs = 5_000

/** How long nothing may move on a connection; longer than others are waited for, and than the beat of followers. */
export const idleMs = 60_000

/** How long others may be asked without any progress; then 504. Who waits at a browser gives up sooner than a program. */
export const readIdleMs = 15_000

/** How often who follows entries is sent a comment, so that a dead connection is found. */
export const beatMs = 15_000

/** Requests on one connection; then it is closed. */
export const maxRequestsOnConnection = 1_000

/** Ranges of one request; with more the whole file is sent, as RFC 9110 §14.2 allows: many small ranges are an attack. */
export const maxRanges = 16

/** Logs in the position of a follower: as many as a name has devices, twice over. */
export const maxPositionLogs = 64

/** How long a browser may show what it has without asking again, however long the writer suggests: asking is cheap here. */
export const maxFreshS = 60

/** How long a device may take to accept a connection: what waits has a person before it. */
export const deviceConnectMs = 15_000

/** Ports from which a connection to port 80 of a device leads there, and not to us; `native/tunnel` has the same. */
export const passingPorts = { first: 61_000, last: 65_534 } as const
