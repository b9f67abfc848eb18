// The bounds of reading, each with its reason.

/** Bytes of chunks that one call has asked for, all its files together: what a fast link carries in a round trip. */
export const windowBytes = 4 * 1024 * 1024

/** Chunks that one file or folder walk asks for at once. */
export const readAhead = 128

/** Files of a folder that are fetched at the same time; what makes many small ones fast. */
export const parallelFiles = 32

/**
 * Files of a folder that are fetched at the same time where others have them and they do not fill the window: over a
 * satellite 4 KiB a file are 2 MiB in a round trip. Each has a file descriptor, of which Node takes all that it may have.
 */
export const waitingFiles = 512

/** Bytes of a file that are written together: a few parts, of each file that is fetched at the same time. */
export const writeBytes = 256 * 1024

/** Rooms for parts that a download keeps while it needs none: as many parts as its window has. Further ones are let go. */
export const spareRooms = 160

/** Parts below this many bytes get memory of their own, which is about as cheap, and wastes no room. */
export const leastRoomBytes = 8 * 1024

/** What a chunk whose size is not known is taken to have. */
export const chunkBytes = 61_440

/**
 * Oldest head that a call accepts when it says nothing, in seconds: what was published a moment ago is seen, and of many
 * readers behind one router one a second asks the writer.
 */
export const defaultMaxAgeS = 1

/** Seconds within which a name counts as asked just now: each hop rounds up, and a writer signs once a second at most. */
export const freshNameS = 10

/** Milliseconds without progress after which a call fails when it says nothing. */
export const defaultIdleTimeoutMs = 30_000

/** How long one question lives before it is asked again, in milliseconds: the longest that the wire allows is 16,000. */
export const questionMs = 8_000

/** Bytes of an entry or file that a call may ask for as one piece. */
export const pieceBytes = 256 * 1024

/** Refusals in a row after which a call that has read nothing yet gives up: with the delays below, within a second or two. */
export const earlyRefusals = 4

/** Wait after the first refusal, in milliseconds; doubles with each. */
export const firstDelayMs = 100

/** Longest wait between two questions for the same, in milliseconds: how soon a router that came back is noticed. */
export const longestDelayMs = 2_000

/** Entries from the end of a log among which a site is looked for (protocol §6.5): a few pages, then it is a log. */
export const siteSearchEntries = 65_536

/** Times that a name is asked for again, for a label that only an unconfirmed list does not have; and the first pause, which doubles. */
export const labelRetries = 3
export const labelRetryMs = 250

/** Milliseconds for which the logs found in a state of a name count as found: a record ahead of the clock is met that much later. */
export const foundLogsMs = 1_000

/** Symlinks that a path may meet (protocol §2): as many as Linux follows. Beyond them it names nothing. */
export const maxFollowedSymlinks = 40
