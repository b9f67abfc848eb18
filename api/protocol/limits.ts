// The bounds of the API's frames, each with its reason. What goes over one is refused, and ends the connection.

/** The largest frame (bytes after its length): an append of a full batch fits. */
export const maxFrameBytes = 4 * 1024 * 1024

/** Values in a frame, each map, list, key and entry counted: an empty list costs one byte to send and many to hold. */
export const maxFrameValues = 131_072

/** Maps and lists inside each other: ours have four levels, and the details of an error at most eight more. */
export const maxFrameDepth = 16

/** Bytes of a key or text that may be remembered: 56 is a name's. Longer ones are decoded each time. */
export const knownTextBytes = 64

/** Texts that a process remembers, of both sides and of all its connections. A new one takes the place of one with its hash. */
export const knownTexts = 512

/** What the items of a call may cost before more credit is given (see `itemCost`). */
export const firstCreditBytes = 1024 * 1024

/** The largest piece of input in a frame: longer ones are cut, so that credit is not overdrawn by much. */
export const maxInputBytes = 262_144

/** What a client may have sent to a call that the call has not taken (as `itemCost`). */
export const inputWindowBytes = 1024 * 1024

/** How long (milliseconds) the other side may take to close a connection that has ended; it is cut then. */
export const lingerMs = 1000

/** The longest path of a Unix socket (bytes): `sun_path` in unix(7) has 108 with the zero at its end. */
export const maxPathBytes = 107
