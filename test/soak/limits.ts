// Every bound of the soak: its unit, and why this number. What is meant to be exactly the same has no number here: open
// sockets, descriptors and threads of a process, and files that are deleted and still held (test/soak/checks.ts).

const mib = 1024 * 1024

/** The most that is ever resident, in bytes: what the bench and the test of a big file hold these nodes to. */
export const peakBytes: Readonly<Record<string, number>> = { router: 200_000_000, a: 250_000_000, b: 250_000_000 }

/**
 * How much more may be resident in the last third of a life than in its first, in bytes, medians of both. A heap that is
 * collected late and an allocator that keeps what was freed move it by some megabytes in either direction.
 */
export const residentGrowthBytes = 16 * mib

/** The same of what is left after a full collection, in bytes: compiled code, lists that were not yet as long as they may be. */
export const heapGrowthBytes = 2 * mib

/** And of the buffers: the slabs of a place are made when they are first needed, and stay. */
export const externalGrowthBytes = 6 * mib

/**
 * What a stored chunk costs in memory, in bytes: 32 of its name, 10 of its place, 10 of the cache's queues, twice over because
 * tables double, and again as much while the old table is there.
 */
export const chunkBytes = 160

/** Timers beyond those of a life's first look: a head that waits to be written, a question that is asked again. */
export const timersMore = 4

/** Of own/: bytes on disk for each byte that publishing called new. Chunks have names and lengths, folders have nodes. */
export const publishedShare = 1.02

/** For each byte of an entry: it stands in a run, and once more in the page that closes. */
export const appendedShare = 2.1

/** For each call that published or appended: records' headers, a head, a reference and the log's tree. */
export const commitBytes = 1_024

/** What own/ and kept/ take of a new home, or ahead of what will be written: a segment grows by 4 MiB of zeros. */
export const aheadBytes = 5 * mib

/**
 * Of kept/: what has been superseded is given back when a segment of 64 MiB is full and mostly dead, so there may be one
 * that is being written and one that is being compacted.
 */
export const keptBytes = 128 * mib

/** Of everything else in a home: keys, lock, lists of what was published. */
export const restBytes = mib
export const restFiles = 16

/** How long after the load has paused everything must be quiet, in milliseconds: the longest lifetime of a question and a little. */
export const quietMs = 20_000

/** Buffers that may have gone between two looks of which the second one counts: less than one record of the cache. */
export const settledBytes = 256 * 1024

/** Looks of a life that are left out of its trends: code is being compiled and caches of memory fill. */
export const warmUpLooks = 2

/** Looks and samples that a trend needs, a third of them at each end. */
export const trendLooks = 6

/** Milliseconds after its first looks that a life must last for its resident set to be judged by growth, too. */
export const residentTrendMs = 240_000
