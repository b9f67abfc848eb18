// The bounds of custody, each with its unit, its reason, and what goes first.

import { headBytes, maxChunkBytes } from '../data/index.js'

/** Chunks of one challenge: 16 proofs cost a custodian a megabyte read, at most. More are refused. */
export const maxChallenged = 16

/** Logs of one page of a list. Who keeps more says so by a full page. */
export const maxListed = 256

/** Bytes of the text of a refusal: a line. A longer one is cut by its writer. */
export const maxRefusalTextBytes = 200

/** Bytes of a message after its length: an offer with the largest open page, and its name. A longer one ends the session. */
export const maxMessageBytes = 5 + 8 + 1 + 2 + headBytes + 2 + maxChunkBytes + 2 + 32

/** Records of one client, whatever its quota of bytes: each costs a value of the store. A further one is Busy. */
export const maxRecordsOfClient = 1_024

/** Records in all. */
export const maxRecords = 16_384

/** Walks that fetch for offers at the same time, and those that wait for one; a further offer is Busy. */
export const maxWalks = 4
export const maxWaitingOffers = 64

/** After Busy a client waits so long, in seconds. */
export const busyRetryS = 30

/** How long what has expired is still kept, in milliseconds: a clock that is a day wrong loses nothing. */
export const graceMs = 2 * 86_400_000

/** Challenges a custodian answers in a minute for one client: twenty a day are asked. */
export const maxChallengesAMinute = 30

/** Audits a day of each log at each custodian. A custodian that has dropped 5 % is caught within five days: 0.95^100 < 1 %. */
export const auditsADay = 20

/** Chunks that one audit picks at random; it asks for those that lead to them too. */
export const auditPaths = 4

/** Audits that fail before a custodian counts as having lost a log: one chunk may have met a disk's bad day. */
export const maxFailedAudits = 2

/** Pauses after a refusal or a custodian that cannot be reached, in milliseconds: the first, doubled up to the last. */
export const firstRetryMs = 5_000
export const longestRetryMs = 3_600_000

/** Unreachable for so long, a custodian is shown as lost, and another one is asked, in milliseconds. */
export const lostAfterMs = 86_400_000

/** How many custodians keep each log, where there are as many. */
export const wantedCopies = 2

/** Duties of one node: as many as streams. A further one is refused with TOO_MANY. */
export const maxDuties = 1_024
