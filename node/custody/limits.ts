// The bounds of what is kept for others, each with its unit, its reason, and what goes first.

/** Chunks of one kept log. A walk has about 100 bytes of memory for each: a larger log is refused, or kept in part. */
export const maxKeptChunks = 1 << 21

/** Chunks that one walk asks others for at once; so much of a fast link is used, and others are not held up. */
export const fetchAhead = 16

/** Bytes of fetched chunks that are written and flushed together: a flush costs about as much as writing this. */
export const keepBatchBytes = 1_048_576

/** Steps on the own disk after which others get their turn: a few milliseconds. */
export const stepsATurn = 64

/** Names of two logs that are compared in one go, where both are in memory: about a millisecond. More are read again. */
export const maxComparedNames = 4_096

/** Chunks that are forgotten in one record. */
export const forgetBatch = 4_096

/** Names of kept logs that stay in memory, all together, so that a newer head costs only what is new; the oldest go. */
export const maxKnownNames = 1 << 21

/** Pins, at most; a further one is refused with TOO_MANY. */
export const maxPins = 1_024

/** Logs of one pinned stream, one a device of its name (protocol §4.2). Further ones are not kept. */
export const maxPinnedLogs = 32

/** How often a pin asks for newer heads, in milliseconds. */
export const pinEveryMs = 60_000

/** A walk of a pin or an offer that has come no further for so long is given up, and tried again later, in milliseconds. */
export const keepIdleMs = 30_000

/** How often a custodian looks for what is over, in milliseconds. */
export const expireEveryMs = 600_000

/** How long a way to a custodian is looked for before it counts as out of reach, in milliseconds. */
export const dialMs = 10_000

/** How long a custodian may say nothing while it is asked, not even that it has come further, in milliseconds. */
export const answerIdleMs = 300_000

/** How long an offer may take in all, in milliseconds, however far it comes meanwhile: half a terabyte at 50 Mbit/s. Then it is made again. */
export const offerMs = 86_400_000

/** Logs and names that are announced because they are kept for others: half of what a node may announce. Further ones are answered for all the same. */
export const maxAnnounced = 8_192

/** Questions of one conversation that are answered at the same time; its next one waits. */
export const maxOpenQuestions = 16

/** How long `publish` waits for promises, in milliseconds: an upload of some gigabytes. It goes on without anybody waiting. */
export const promiseMs = 600_000

/** How long what the name of a custodian said of its devices is believed, in milliseconds. */
export const custodianNameMs = 3_600_000
