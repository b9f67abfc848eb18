// Every bound of chunks, logs, files and folders, with its unit, why it is that number, and what goes first when it is full.

/** Bytes of a chunk: one, sealed into a record of a link, fits 65,535. Writers cut before it; a larger one is refused. */
export const maxChunkBytes = 61_440

/** Children in clear of a chunk, so that a walk's step is bounded. Writers begin another chunk; more are refused. */
export const maxChildren = 256

/** Children of one run: their count is a u8. The writer begins another run. */
export const maxRunChildren = 255

/** Bytes of one entry: one always fits an empty page. A larger append becomes a file that the entry refers to. */
export const maxEntryBytes = 32_768

/** Entries of one run: their count is a u16, and each has at least 11 bytes. The writer begins another run. */
export const maxRunEntries = Math.floor((maxChunkBytes - 1 - 45) / 11)

/** Bytes of a run after its length: a page holds nothing but its kind and runs. The writer begins another page. */
export const maxRunBodyBytes = maxChunkBytes - 3

/** Children of a log tree's chunk: 56 bytes each. The writer begins another chunk to its right. */
export const treeFanOut = 256

/** Levels of a log tree above level 0: seven levels of 256 name more pages than a log has entries (2^53). Deeper is refused. */
export const maxTreeLevel = 6

/** Levels of a file's nodes above level 0: as protocol §6.3. Deeper is refused. */
export const maxNodeLevel = 6

/** Bytes of a head, which has no variable part. */
export const headBytes = 207

/** How far a head's time may lie ahead of the checker's clock (ms): clocks of homes are often minutes off. */
export const maxClockAheadMs = 600_000

/** Bytes of a head answer: two heads and two whole pages with their lengths. A longer one is refused. */
export const maxHeadAnswerBytes = 3 * 2 + 2 * headBytes + 2 * maxChunkBytes

/** Chunks that a log reader looks ahead: 15 MiB of pages at most. Who asks for more gets this many. */
export const maxReadAhead = 256

/** Bytes of a note's name: that of a directory's item. A longer one is refused. */
export const maxNoteNameBytes = 255

/** Bytes of a file's part: a chunk less its kind. Cutters end a part long before (57,344); a longer one is refused. */
export const maxPartBytes = maxChunkBytes - 1

/** Children of a file's node: 72 bytes each. The builder begins another node to its right. */
export const nodeFanOut = 256

/** Bytes of an item's name in a directory, as of a name in the file systems of Linux and macOS. A longer one is refused. */
export const maxItemNameBytes = 255

/** Bytes of a symlink's target: PATH_MAX of Linux. A longer one is refused. */
export const maxTargetBytes = 4096

/** The highest mode of an item: permissions alone, no set-user-id, set-group-id or sticky bit. A higher one is refused. */
export const maxItemMode = 0o777

/** Items of a directory's chunk after which the content may end it: smaller ones would be mostly overhead. */
export const minSplitItems = 32

/** Items of a directory's chunk that a builder writes, at most, so that children fit. It begins another chunk. */
export const maxSplitItems = 256

/** How deep `more` nests: 32^5 items at the least, 33 million. Deeper is refused. */
export const maxMoreDepth = 4

/** How deep directories nest below a folder's root (protocol §6.5). Deeper is refused. */
export const maxFolderDepth = 128

/** Directories that one walk of a folder visits, each path to one counted. A folder with more is refused. */
export const maxFolderDirectories = 1 << 20

/** Files and symlinks that one walk of a folder lists, each path to one counted. A folder with more is refused. */
export const maxFolderFiles = 1 << 24

/**
 * Directories, and bytes of their chunks, in one of the two generations of what was opened lately: about five times that
 * many bytes in memory. When a generation is full the older one goes.
 */
export const maxOpenedDirectories = 256
export const maxOpenedDirectoryBytes = 1024 * 1024
