// Every bound of channels: unit, why this number, and what goes first when it is reached.

/** Channels that one neighbour has opened (§13). A further one is closed: Busy. */
export const MAX_CHANNELS_OF_NEIGHBOUR = 128

/** Of these, how many may wait for ACCEPT (§13): each may cost its device a handshake. A further one is closed: Busy. */
export const MAX_HALF_OPEN_OF_NEIGHBOUR = 32

/** Of an upstream so many times as many: everybody behind it comes by it, and one of them must not keep out all others. */
export const UPSTREAM_CHANNELS_FACTOR = 4

/** Channels in all (§13). A further one is closed: Busy. */
export const MAX_CHANNELS = 1_024

/** Bytes that wait for links in all channels together (§13). Beyond it the channel that holds the most is closed: Busy. */
export const MAX_CHANNEL_BYTES = 67_108_864

/** Bytes of one direction that may be outstanding before any CREDIT (§10.11): one BYTES frame of any size. */
export const FIRST_CREDIT_BYTES = 65_536

/** The most that a hop grants: 1 Gbit/s for 8 ms. It grows to that while a sender uses up what it has. */
export const MAX_WINDOW_BYTES = 1_048_576

/** The most that may be outstanding (§10.11): a peer that grants more is wrong. */
export const MAX_CREDIT_BYTES = 4_194_304

/** Neighbours that are tried for one OPEN. After the last one the asker is told why it failed. */
export const MAX_WAYS = 4

/** From OPEN to ACCEPT, µs (§10.11), and after which part of it another way is tried, if there is one. */
export const OPEN_TIMEOUT_US = 10_000_000
export const WAY_TIMEOUT_US = 3_000_000

/** A channel without any frame for so long ends, µs: sessions ping every 15 s (§10.11). */
export const CHANNEL_IDLE_US = 120_000_000

/**
 * Indexes that each end of a channel may have given (§10.13): of this generation of keys, of the one before, and of the next,
 * whose way has to be there before it is used. Of more the oldest goes.
 */
export const MAX_GIVEN_LABELS = 3

/** The greatest index of a device's own (§10.13). Labels are greater: both stand in one table of the datapath. */
export const MAX_INDEX = 0x7fffffff

/** LABELs that each end may send: so many at once, and so many a second (§10.13). Others are dropped, and counted. */
export const MAX_LABELS_AT_ONCE = 16
export const LABELS_PER_SECOND = 1

/** Signed announcements of devices that a neighbour may have verified at once, and how many more a second. Others wait for the next announcement. */
export const MAX_PROOFS_AT_ONCE = 1_024
export const PROOFS_PER_SECOND = 64

/** How far ahead a device may say that it wants to be found, and how far two honest clocks may lie apart, ms (§10.6). */
export const MAX_PROOF_AHEAD_MS = 3_600_000
export const PROOF_TOLERANCE_MS = 600_000
