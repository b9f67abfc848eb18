// The bounds of TCP links, each with its reason.

/** First wait before an upstream is dialled again; doubles with each failure, with up to a quarter of chance on top. */
export const redialFirstMs = 250

/** Longest wait: a router that comes back is found within it. */
export const redialLongestMs = 15_000

/** A TCP connection that is not open by then has failed. */
export const connectTimeoutMs = 8_000

/** Bytes in a socket's queue above which the forwarding machine keeps Data back: it stays where it can still be chosen. */
export const socketQueueBytes = 512 * 1024

/** Links that others opened to this node, in all: each costs about 200 KiB with its buffers. */
export const maxInboundLinks = 1_024
