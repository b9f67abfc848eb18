// The bounds of the API server, each with its reason. A client that reaches one is refused; the node goes on.

/** Clients at once; each costs a socket and its calls. The next one is told TOO_MANY. */
export const maxClients = 256

/** Calls that one client has open. */
export const maxCalls = 256

/** Credit that one call can gather: what a client may leave unread in all. */
export const maxCredit = 64 * 1024 * 1024

/** Bytes in a socket's own queue above which items wait, so that a client that does not read costs no memory. */
export const queuedBytesHigh = 1024 * 1024

/** Bytes of answers that a client may leave unread before a further call ends its connection. */
export const maxQueuedBytes = 16 * 1024 * 1024

/** How long (milliseconds) clients may take to read their last answers when the node ends. */
export const closeLingerMs = 500

/** Progress is for eyes: ten times a second. */
export const progressIntervalMs = 100
