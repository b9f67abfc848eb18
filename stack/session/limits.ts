// Every bound of a session: unit, why this number, and what goes first when it is reached.

import { TAG_BYTES } from '../crypto/index.js'

/** Bytes of a service's name (§10.12). */
export const MAX_SERVICE_BYTES = 63

/** Bytes of a session's number (§10.12): random, so nobody meets another's. */
export const SESSION_ID_BYTES = 16

/** Bytes of a handshake message, at most (§10.12): a certificate of 32 devices fits. */
export const MAX_MESSAGE_BYTES = 2_048

/** Bytes of a sealed record: at most what one BYTES frame carries, at least a kind (§10.11). */
export const MAX_SEALED_BYTES = 65_511
export const MAX_DATA_BYTES = MAX_SEALED_BYTES - TAG_BYTES - 1

/** Bytes of the text of a RESET; more is cut. */
export const MAX_RESET_TEXT_BYTES = 200

/** Bytes that a side may send before it was told how many (§10.12), and the most that it is told: 100 Mbit/s for 300 ms. */
export const FIRST_ROOM_BYTES = 262_144
export const MAX_ROOM_BYTES = 4_194_304

/** Bytes that were written and are not acknowledged, at most (§10.12): then the writer waits. */
export const MAX_UNACKNOWLEDGED_BYTES = 4_194_304

/** What a part of them counts besides its bytes: else many small ones would take many times as much memory. */
export const PART_COST_BYTES = 256

/** What came is acknowledged after so many bytes, or a quarter of the room, and after so long, µs (§10.12). */
export const ACK_BYTES = 262_144
export const ACK_DELAY_US = 100_000

/** Silence after which a PING is sent, and after which the channel is taken for dead, µs (§10.12). */
export const PING_AFTER_US = 15_000_000
export const SILENT_US = 45_000_000

/** How long an initiator tries to get a session that lost its channel onto another, µs, and how long a responder waits (§10.12). */
export const RESUME_US = 60_000_000
export const KEEP_US = 90_000_000

/** Pauses before each further try, µs; the last one stays. The first is at once, and the next soon: of a router that begins anew, the two ends hear at different times. */
export const RETRY_PAUSES_US: readonly number[] = [
  0, 60_000, 120_000, 250_000, 500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000,
]

/** For so long after a link has hurried the tries, µs, others do not: a neighbour whose link comes and goes is no reason to call as often. */
export const HURRIED_US = 1_000_000

/** PONGs that wait to be sent. Of a peer that sends more PINGs, the newest go unanswered. */
export const MAX_WAITING_PONGS = 4

/** Records that one key seals (as links have it, §8). Then the session moves to another channel. */
export const MAX_RECORDS = 2 ** 36
