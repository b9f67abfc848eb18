// The numbers of what is looked at on this machine, each with its reason.

/** Between two looks at the addresses where nothing tells of their changes, in milliseconds: a look costs some 50 µs. */
export const lookEveryMs = 3_000

/**
 * How long an address that nothing has taken the place of may be away before what was connected by it is given up, in
 * milliseconds: a plug that is put back, a wireless network that is joined again.
 */
export const awayMs = 5_000

/** Flushes that are timed for `doctor`: enough that one slow one is not the middle. */
export const flushesTimed = 9

/** Bytes of each: one block. */
export const flushedBytes = 4_096

/** A flush that takes longer is felt by whoever appends, in milliseconds. */
export const slowFlushMs = 50

/** A clock before this has never been set: this version of Runnel is younger. 2026-01-01. */
export const earliestClockMs = 1_767_225_600_000

/** What a packet of ours is carried in, on IPv6: headers, index, counter and tag. */
export const carriedInBytes = 81

/** The smallest packet that IPv6 has to carry whole (RFC 8200 section 5). */
export const leastPacketBytes = 1_280
