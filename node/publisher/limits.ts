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

/** Files that are opened and read at the same time: what a disk needs to be busy, and less than libuv has room for. */
export const filesAtOnce = 8

/** Items of a folder that are looked at at the same time. */
export const statsAtOnce = 32

/** Files of one label that are remembered from one publish to the next, 112 bytes each on disk. The rest is read again. */
export const maxKnownFiles = 262_144

/** How long a file must have been left alone before it was read, to be taken for unchanged later: clocks of file systems tick in up to 2 s. */
export const settledNs = 2_000_000_000n

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
