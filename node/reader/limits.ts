// The bounds of reading, each with its reason.

/** Bytes of chunks that one call has asked for and not used yet: what a fast link carries in a round trip. */
export const windowBytes = 4 * 1024 * 1024

/** Chunks that one file or folder walk asks for at once. */
export const readAhead = 128

/** Files of a folder that are fetched at the same time; what makes many small ones fast. */
export const parallelFiles = 32

/** What a chunk whose size is not known is taken to have. */
export const chunkBytes = 61_440

/**
 * Oldest head that a call accepts when it says nothing, in seconds: what was published a moment ago is seen, and of many
 * readers behind one router one a second asks the writer.
 */
export const defaultMaxAgeS = 1

/** Milliseconds without progress after which a call fails when it says nothing. */
export const defaultIdleTimeoutMs = 30_000

/** How long one question lives before it is asked again, in milliseconds: the longest that the wire allows is 16,000. */
export const questionMs = 8_000

/** Bytes of an entry or file that a call may ask for as one piece. */
export const pieceBytes = 256 * 1024
