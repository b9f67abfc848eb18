// The bounds of publishing, each with its reason.

/** Folders inside folders (docs/protocol.md §6.5): readers refuse deeper ones. */
export const maxDepth = 128

/** Bytes of chunks that are committed together: one flush a megabyte keeps the disk streaming. */
export const batchBytes = 1024 * 1024

/** Entries that one commit of a log takes; the rest waits for the next, which comes right after. */
export const batchEntries = 16_384

/** Bytes of chunks that wait for a flush at most; then reading the source waits. What a node gives to publishing. */
export const waitingBytes = 8 * 1024 * 1024

/** Bytes read from a source file at once. */
export const readBytes = 256 * 1024

/** Times a file that changed while it was read is read again before the call fails with SOURCE_CHANGED. */
export const fileAttempts = 3

/** Labels of one name; a card has room for more, but each costs readers of the others. */
export const maxStreams = 512

/** How old a copy of a head or card its writer recommends to serve, in seconds: an hour, as for a page that is seldom changed. */
export const recommendedAgeS = 3_600

/** Chunks of one log that a check looks at, 32 bytes of memory each; of a log with more it sees the newest. */
export const auditChunks = 1_048_576

/** Items of one folder with all below it: each takes some 500 bytes of memory until it is built. Readers take more. */
export const maxItems = 1_048_576
