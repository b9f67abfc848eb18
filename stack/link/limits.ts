// Every bound of the link, with its unit, the reason for its number, and what goes first when it is full.
// Numbers with a section are the protocol's (docs/protocol.md); the others are this implementation's choice.

import { TAG_BYTES } from '../crypto/index.js'

/** Bytes of the length before each handshake message and record (§8). */
export const LENGTH_BYTES = 2

/** Bytes of a handshake message (§8). The messages of version 1 have 143 and 95; the rest is room for later versions. */
export const MAX_HANDSHAKE_BYTES = 512

/** Bytes of a sealed record after its length (§8): what the length can say. */
export const MAX_RECORD_BYTES = 65_535

/** Bytes of a sealed record, at least (§8): one byte and the tag. */
export const MIN_RECORD_BYTES = 1 + TAG_BYTES

/** Bytes of frames in one record. */
export const MAX_PLAINTEXT_BYTES = MAX_RECORD_BYTES - TAG_BYTES

/**
 * Bytes of a frame with a body from which on it has a record of its own, where it is copied once and sealed in place. To
 * share a record it is copied once more, which is as much work as the 18 bytes and the call that it saves.
 */
export const OWN_RECORD_BYTES = 8_192

/**
 * Records sealed with one key. AES-GCM's margin falls with the square of the blocks sealed: 2^36 records of 2^12 blocks
 * leave an advantage below 2^-32. It is 4 PB of chunks. When it is reached, the link ends and the node opens another.
 */
export const MAX_RECORDS = 2 ** 36

/**
 * Bytes that wait for the socket. The node takes out what it can write and keeps far below this by looking at
 * `queuedBytes`; four of the longest answers fit. When it is full, the new frame is refused and counted.
 */
export const MAX_QUEUED_BYTES = 8 * 1024 * 1024

/** PONGs that wait to be sent. A peer has one PING under way; of one that sends more, the newest go unanswered. */
export const MAX_WAITING_PONGS = 4

/** From opening to the first record, µs: several round trips of the worst path. Then the link ends. */
export const HANDSHAKE_TIMEOUT_US = 10_000_000

/** Silence of the peer after which it is sent a PING, µs (§8): shorter than the memory of a NAT. */
export const PING_AFTER_US = 15_000_000

/** Silence of a peer that owes an answer or a PONG, µs (§8). Then the link ends. */
export const ANSWER_TIMEOUT_US = 20_000_000

/** Half-open handshakes in all (§13). When it is full, the oldest of the busiest source goes. */
export const MAX_HALF_OPEN = 256

/** Half-open handshakes of one source (§13). When it is full, the newcomer is refused. */
export const MAX_HALF_OPEN_OF_SOURCE = 16
