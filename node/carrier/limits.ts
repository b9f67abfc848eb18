// The bounds of TCP links, each with its reason.

/**
 * First wait before an upstream is dialled again, and by how much it grows with each failure, with up to a quarter of chance
 * on top: who was away for half a second is found within a quarter of one more.
 */
export const redialFirstMs = 80
export const redialGrowth = 1.25

/** Longest wait: a router that comes back is found within it. */
export const redialLongestMs = 15_000

/** A link that lasted so long was one: after it the first wait is the shortest again. */
export const steadyLinkMs = 1_000

/** A TCP connection that is not open by then has failed. */
export const connectTimeoutMs = 8_000

/** An attempt that took this long when addresses changed was probably made from one that is gone; a fresh one may go on. */
export const hangingDialMs = 1_000

/** Links that others opened to this node, in all: each costs about 200 KiB with its buffers. */
export const maxInboundLinks = 1_024

/** Rooms for records that a node keeps while it needs none: what two busy links have in their queues. 2 MiB. */
export const spareRecords = 32

/** How often whoever dialled a link looks whether what it says of clocks may be outdated: who sets one right sees it soon. */
export const clockCheckMs = 600_000

/** How long (milliseconds) a connection that has ended may take to hand over its last bytes; then it is cut. */
export const lingerMs = 500

/**
 * Bytes in a socket's queue above which nothing more is put there: twice what the forwarding machine lets wait. So only
 * answers to a peer's own pings come near it, and those of a peer that reads nothing are then left out.
 */
export const socketQueueBytes = 2 * 1024 * 1024
