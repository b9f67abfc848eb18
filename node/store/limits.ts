// Every bound of the store: its unit, why this number, and what goes first when it is full.

/** Bytes of the items of one record, at most (docs/protocol.md §11). A commit that needs more is refused with TOO_LARGE. */
export const RECORD_BYTES_MAX = 16_777_216

/**
 * Bytes of items that a record aims at. One flush of 1 MiB takes about as long as eight of 64 KiB, and nobody waits much
 * longer for it than for its own. Commits beyond it wait for the next record; a single larger commit goes alone.
 */
export const RECORD_AIM_BYTES = 1_048_576

/** Memory that each of the three places keeps for its next record: one of the aimed-at size with its last commit fits. */
export const RECORD_SLAB_BYTES_MAX = 2 * RECORD_AIM_BYTES

/** Bytes of a segment of own/ and kept/ at which the next record goes to a new one (DESIGN §8). */
export const SEGMENT_BYTES = 67_108_864

/**
 * Zeros that are written ahead at once, so that a flush changes no file length: the file doubles between these two. A small
 * home takes 256 KiB, and a busy one pays for its length once in 4 MiB.
 */
export const GROW_BYTES_MIN = 262_144
export const GROW_BYTES_MAX = 4_194_304

/** Commits that may wait for a flush in bytes, above which a further one is refused with TOO_MANY. Four of the largest. */
export const COMMIT_QUEUE_BYTES = 4 * RECORD_BYTES_MAX

/** Bytes of the smallest cache: below it a chunk would hardly outlive its own arrival. Smaller wishes are raised to it. */
export const CACHE_BYTES_MIN = 4_194_304

/**
 * A cache is cut into this many segments where that makes them neither too small nor too large; one of them is always free, so
 * that survivors have a place to go. More of them waste less, and differ more in how much of them is alive.
 */
export const CACHE_SEGMENTS = 64
export const CACHE_SEGMENT_BYTES_MIN = 262_144
export const CACHE_SEGMENT_BYTES_MAX = 67_108_864

/**
 * Share of the cache's disk bytes that live items may take. What is missing to 1 is dead space and the free segment: with
 * less of it, each new chunk would have many old ones moved. Beyond it S3-FIFO decides who goes.
 */
export const CACHE_LIVE_SHARE = 0.8

/**
 * Share of a reclaimed cache segment that may survive; half of it for what nobody has read yet. What is beyond it is dropped: a
 * byte that is freed costs at most three that are written.
 */
export const CACHE_SURVIVOR_SHARE = 0.75

/** Bytes of verified chunks that wait in memory to be written to the cache; a chunk beyond it is not cached, and counted. */
export const WRITE_BEHIND_BYTES = 16_777_216

/** Records of the aimed-at size whose memory the cache keeps: one that is written, one that is filled meanwhile, and one more. */
export const SPARE_DRAFTS = 3

/** The cache rests this long after a failed write, in milliseconds: a full disk is not asked again for each chunk. */
export const CACHE_REST_MS = 30_000

/** A cached head that changes all the time is written at most this often, in milliseconds. */
export const HEAD_WRITE_EVERY_MS = 1_000

/** Remembered heads and names in the cache, at most; the one that was used least lately goes first. */
export const CACHED_HEADS_MAX = 16_384
export const CACHED_NAMES_MAX = 16_384

/** Remembered heads and names in own/ and kept/ each, at most. A further one is refused with TOO_MANY: none may be forgotten. */
export const LOGS_MAX = 131_072
export const NAMES_MAX = 65_536

/** Fork proofs, at most, with up to 120 KiB each on disk. A further one is refused with TOO_MANY. */
export const FORKS_MAX = 4_096

/**
 * A node's own state: bytes of a key in UTF-8, of a value, of all of them in one place, and their number; refused beyond. All
 * that strangers can have written here has bounds of its own (promises, letters, tickets, inboxes), which fit together.
 */
export const VALUE_KEY_BYTES_MAX = 1_024
export const VALUE_BYTES_MAX = 1_048_576
export const VALUES_BYTES_MAX = 67_108_864
export const VALUES_MAX = 65_536

/** Files that are kept open for reading, in each place; the one that was opened first is closed. */
export const OPEN_FILES_MAX = 128

/** Damage that is named one by one, at most; further ones are only counted. */
export const DAMAGE_MAX = 1_024

/** Own/ and kept/ segments of which less than this share is alive are compacted. So a home is at most about twice its content. */
export const COMPACT_LIVE_SHARE = 0.5

/** Bytes that one step of compaction copies, so that a commit never waits for more than this. */
export const COMPACT_STEP_BYTES = 524_288

/** After damage, a scan may hash this many times the segment's bytes in search of the next whole record. Then it gives up. */
export const RESCUE_EFFORT = 4

/** Flush times from which the median is taken. */
export const FLUSH_SAMPLES = 255

/** Card heads of one name, at most: as many as a certificate has devices. The one that was given first goes. */
export const CARDS_MAX = 32

/** Bytes of open pages of cached heads that wait in memory to be written; the head that waits longest is forgotten. */
export const HEAD_PAGES_BYTES = 16_777_216

/**
 * Items of one record that may each begin a new log, name or proof, at most. The bounds above are checked before a record
 * is made, so that the tables behind them have room for what one record may still add.
 */
export const RECORD_ITEMS_MAX = 131_072

/** Bytes of a segment that are read, at most: the largest segment and one largest record. What is behind them is damage. */
export const SEGMENT_READ_MAX = 2 * SEGMENT_BYTES

/** Shares of the cache that heads with their pages and names may take; the ones that were used least lately go first. */
export const CACHE_HEADS_SHARE = 0.2
export const CACHE_NAMES_SHARE = 0.05

/** A snapshot larger than this share of its cache segment (one of tiny chunks) is not written: the segment is scanned. */
export const CACHE_SNAPSHOT_SHARE = 0.125

/** Share of the cache's bytes that the list of used chunks may take; a longer one, of tiny chunks, is not written. */
export const CACHE_HOT_SHARE = 0.01

/** Bytes that a check reads and hashes before others get their turn: some milliseconds. More only for a larger record. */
export const SCRUB_WINDOW_BYTES = 4_194_304

/**
 * Bytes that are written, and on a quick disk flushed, without a way to a thread of the pool: the record of some appends.
 * The way there and back takes some 50 µs, writing so much 10. More goes to the pool.
 */
export const AT_ONCE_BYTES = 16_384

/** Microseconds that everything else may wait for one flush: less than a collection of garbage takes, several times a quick one. */
export const QUICK_FLUSH_US = 500

/** Microseconds beyond that which a flush may take on average, for the disk to be waited for. */
export const FLUSH_SHARE_US = 25

/** Microseconds that a new process takes the disk to be too slow by: sixteen flushes show that it is quick. */
export const FLUSH_DEBT_FIRST_US = 16 * FLUSH_SHARE_US

/** Microseconds, however slow a disk was: 2,000 flushes make up for them. */
export const FLUSH_DEBT_MAX_US = 50_000
