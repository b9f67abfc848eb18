// Every bound of the forwarding machine: unit, why this number, and what goes first when it is reached.

import { maxChunkBytes, maxHeadAnswerBytes } from '../data/index.js'
import { MAX_NAME_ANSWER_BYTES } from '../name/index.js'
import {
  MAX_CHANNEL_BYTES,
  MAX_CHANNELS,
  MAX_CHANNELS_OF_NEIGHBOUR,
  MAX_HALF_OPEN_OF_NEIGHBOUR,
} from './channels/limits.js'
import type { QuestionName } from './wire/index.js'

/** Neighbours with a link. A thousand are planned for; a further one is refused. */
export const MAX_NEIGHBOURS = 4_096

/** Interests one neighbour, or the local program, may have open (§13). The newest is refused: Nack Quota. */
export const MAX_ROWS_PER_FACE = 4_096

/** Interests open in all (§13). The oldest row of whoever has the most makes room, unless that is the asker itself: then it is refused. */
export const MAX_ROWS = 65_536

/** Routes one neighbour may have announced (§13). Further ones are ignored. */
export const MAX_ROUTES_PER_NEIGHBOUR = 16_384

/** Routes in all (§13), 0.9 kB of memory each: a root may be given more. A route of whoever announced the most makes room, unless that is the announcer itself: then it is ignored. */
export const MAX_ROUTES = 131_072

/** Routes to one key: more holders than this help nobody. The dearest goes first; at equal cost the newcomer is ignored. */
export const MAX_ROUTES_PER_KEY = 32

/** Names and logs that this node announces as its own. Further ones are refused. */
export const MAX_OWN_ROUTES = 16_384

/** Routes passed up over one link: what the receiver keeps of one neighbour. Further ones are not passed on. */
export const MAX_PASSED_ROUTES = MAX_ROUTES_PER_NEIGHBOUR

/** Names or logs through which one chunk's question may be routed. Further ones are not looked at. */
export const MAX_VIAS = 8

/** Candidates tried for one question before it is given up. */
export const MAX_ATTEMPTS = 16

/** Routes that are asked for a name at the same time: each may lead to another device of it, or to a higher certificate. */
export const MAX_NAME_ASKS = 4

/** How often a candidate that says Busy or Quota is asked again for one question. Then the next candidate is asked. */
export const MAX_BUSY_RETRIES = 3

/** Shortest and longest lifetime of an Interest, ms (§10.7). What a neighbour states beyond is taken as these. */
export const MIN_LIFETIME_MS = 1_000
export const MAX_LIFETIME_MS = 16_000

/**
 * How much of the time that the local program's question waits for a neighbour's window is not counted as its lifetime: a
 * reader that looks ahead by 4 MiB over 256 kbit/s waits so long for the last of it.
 */
export const MAX_LOCAL_WAIT_US = 120_000_000

/** How long a question of somebody may be open from whom only questions come that nobody answers: it costs others a window. */
export const WASTEFUL_LIFETIME_MS = 2_000

/** Questions in a row that a neighbour leaves unanswered before those that wait for its window go elsewhere, where they can. */
export const SILENCES_TO_LEAVE = 2

/** Chunks that were asked of one neighbour in vain and may still come. Of more the oldest are forgotten: they are dropped then. */
export const MAX_LATE_CHUNKS = 256

/** How much shorter a hop asks than it was asked, so that its own Nack comes in time (§10.7). */
export const HOP_MARGIN_US = 50_000

/** How long after the stated lifetime a late Nack is still waited for: most of the margin. */
export const NACK_GRACE_US = 40_000

/**
 * How long a node without a way up refuses nothing, from when it lost it or from its first question: a service that died is
 * started again after 2 s, and it and its links take up to as long.
 */
export const HOLD_US = 4_000_000

/** Questions that wait for a way up. A further one is refused at once; one neighbour alone has no more than half as many. */
export const MAX_HELD_ENTRIES = 2 * MAX_ROWS_PER_FACE

/** How long after an announcement it is looked whether a question waits for it, at the latest: looking at all costs about 1 ms. */
export const HELD_LOOK_US = 20_000

/** answerBytes that a neighbour may have outstanding before it was told otherwise (§10.8). */
export const INITIAL_ALLOWANCE_BYTES = 262_144

/** The least that is granted: one chunk, so that every neighbour always gets on. */
export const MIN_ALLOWANCE_BYTES = 65_536

/**
 * The least that is granted where only our own upstream is scarce: in a window of one chunk a few small questions that nobody
 * answers would keep every chunk out, and at each hop below again.
 */
export const MIN_UPSTREAM_GRANT_BYTES = 262_144

/** The most that is granted or used: 100 Mbit/s for 300 ms, or 1 Gbit/s for 30 ms. It bounds what is queued for one neighbour. */
export const MAX_ALLOWANCE_BYTES = 4_194_304

/** How much of a link's rate is granted (§10.8): what it carries in this time and two round trips. */
export const ALLOWANCE_US = 200_000

/** The longest round trip that a grant makes up for: two satellites. A neighbour cannot buy more by being slow at first. */
export const MAX_GRANT_RTT_US = 1_500_000

/** A grant stands at least this long, a round trip, because the asker learns of a smaller one only then. */
export const GRANT_HOLD_US = 250_000

/** Answers waiting for all links together, bytes. Beyond it new Interests of those who already wait get Busy. */
export const MAX_QUEUED_BYTES = 67_108_864

/** Frames other than Data waiting for one link. A further Nack is dropped: the asker's lifetime ends the question. */
export const MAX_CONTROL_FRAMES = 8_192

/** Bytes given to a link before it has delivered them: the least, the most, and the time's worth between. */
export const MIN_LINK_QUEUE_BYTES = 131_072
export const MAX_LINK_QUEUE_BYTES = 1_048_576
export const LINK_QUEUE_US = 10_000

/** What a question costs of an allowance at least: 4,096 of them fill the largest one. */
export const MIN_ASK_COST_BYTES = MAX_ALLOWANCE_BYTES / MAX_ROWS_PER_FACE

/** What one asker gets each round of the deficit round robin: one chunk. */
export const QUANTUM_BYTES = 61_440

/**
 * answerBytes of a name or head that the local program asks for, at first: nearly all fit, and so much of a window is kept
 * for whoever has nothing in flight. Who is told TooBig asks for the most then.
 */
export const FIRST_STATE_BYTES = QUANTUM_BYTES

/**
 * answerBytes of a name or head that is asked for on behalf of somebody of whose questions none was answered yet, or too
 * few: most fit, and beside it a chunk fits the smallest window.
 */
export const PROBE_BYTES = MIN_ALLOWANCE_BYTES - QUANTUM_BYTES

/** answerBytes of each kind, at most: two heads and two open pages, one chunk, and what §13 says of names. What is stated beyond is taken as this. */
export const MAX_ANSWER_BYTES_OF: { readonly [kind in QuestionName]: number } = {
  name: MAX_NAME_ANSWER_BYTES,
  head: maxHeadAnswerBytes,
  chunk: maxChunkBytes,
}

/**
 * Bytes of a window that a neighbour's questions may hold at first, and at least. Answers raise it, and what holds the window
 * for long and in vain halves it: so who asks for what never comes holds up nobody, however early it came.
 */
export const INITIAL_HOLD_BYTES = QUANTUM_BYTES

/** Longest lifetime of a live Interest, ms (§10.10), and after which part of it we renew ours. */
export const MAX_LIVE_LIFETIME_MS = 60_000
export const LIVE_RENEW_US = 20_000_000

/** What is to be renewed within this time is renewed together. */
export const LIVE_BATCH_US = 5_000_000

/** Live Interests that one neighbour, or the local program, may have (§13). The newest is refused: Nack Quota. */
export const MAX_LIVE_ROWS_PER_FACE = 1_024

/** Live Interests in all (§13). The oldest of whoever has the most makes room, unless that is the asker itself: then it is refused. */
export const MAX_LIVE_ROWS = 65_536

/** Bytes of answers that we ask for at once: what the fastest log fills in two seconds. It is renewed when half is used. */
export const LIVE_CREDIT_BYTES = 8_388_608

/** The mean time between two answers to one follower, and so 50 a second: what comes meanwhile is told together. */
export const LIVE_PACE_US = 20_000

/** How far ahead of its pace a follower may be: a confirmation does not hold up the append after it. */
export const LIVE_AHEAD_US = 2 * LIVE_PACE_US

/** Answers to one live question: so many at once after a jam, and so many a second. Who sends more is to blame. */
export const LIVE_BURST_ANSWERS = 3_000
export const LIVE_ANSWERS_PER_SECOND = 60

/** A live question that is not answered within this time is silent: the next candidate is asked beside it. */
export const LIVE_SILENCE_US = 4_000_000

/** Who answers a live question keeps us up to date when what it says was confirmed within so many seconds. */
export const LIVE_GOOD_S = 20

/** A live question is not renewed more often, whatever its followers want or its credit says. */
export const LIVE_LEAST_RENEW_US = 1_000_000

/** Candidates that are asked at once for one log: one that is good, or several that say nothing so far. The oldest ends. */
export const MAX_LIVE_ASKS = 3

/** The first pause before those who had nothing are asked again, and the longest; it doubles. */
export const LIVE_FIRST_PAUSE_US = 1_000_000
export const LIVE_LONGEST_PAUSE_US = 30_000_000

/** How long an announced route lives, s (§10.6), and when it is announced again. */
export const ROUTE_LIFETIME_S = 300
export const ROUTE_RENEW_US = 100_000_000

/** Changes of an upstream's rank that are heard at once, and how often one more, µs: each may have all routes told again. */
export const RANK_CHANGES_AT_ONCE = 8
export const RANK_CHANGE_US = 1_000_000

/** The writer signs the same state again at most this often for a key (§10.4). */
export const REFRESH_US = 1_000_000

/** Keys whose refresh is remembered. Beyond it what is held is answered without a fresher signature. */
export const MAX_REFRESHES = 4_096

/** The lowest share that blame leaves: a household has one uplink, and it is still used. */
export const MIN_SHARE = 1 / 64

/** After this time without blame half of the last halving is forgiven: the share doubles. */
export const FORGIVE_US = 600_000_000

/** How far two honest clocks may lie apart, s (§13): a head's own time is believed no better than this. */
export const CLOCK_TOLERANCE_S = 600

/**
 * A Nack that took so long counts like silence when the next candidate is chosen, until the neighbour answers something; and
 * a question that was in flight for so long without an answer held the window in vain.
 */
export const LATE_NACK_US = 1_000_000

/** What retryMs says with Busy, about a round trip, and with Quota, a lifetime's least. */
export const BUSY_RETRY_MS = 100
export const QUOTA_RETRY_MS = 1_000

/** The bounds that a node may set otherwise, and tests fill. */
export interface Limits {
  readonly neighbours: number
  readonly rowsPerFace: number
  readonly rows: number
  readonly heldEntries: number
  readonly routesPerNeighbour: number
  readonly routes: number
  readonly ownRoutes: number
  readonly queuedBytes: number
  readonly channelsPerNeighbour: number
  readonly halfOpenChannels: number
  readonly channels: number
  readonly channelBytes: number
  readonly liveRowsPerFace: number
  readonly liveRows: number
}

export const defaultLimits: Limits = {
  neighbours: MAX_NEIGHBOURS,
  rowsPerFace: MAX_ROWS_PER_FACE,
  rows: MAX_ROWS,
  heldEntries: MAX_HELD_ENTRIES,
  routesPerNeighbour: MAX_ROUTES_PER_NEIGHBOUR,
  routes: MAX_ROUTES,
  ownRoutes: MAX_OWN_ROUTES,
  queuedBytes: MAX_QUEUED_BYTES,
  channelsPerNeighbour: MAX_CHANNELS_OF_NEIGHBOUR,
  halfOpenChannels: MAX_HALF_OPEN_OF_NEIGHBOUR,
  channels: MAX_CHANNELS,
  channelBytes: MAX_CHANNEL_BYTES,
  liveRowsPerFace: MAX_LIVE_ROWS_PER_FACE,
  liveRows: MAX_LIVE_ROWS,
}
