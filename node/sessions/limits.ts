// The bounds of a node's conversations, each with its reason and what goes first.

/** Conversations in all (§13): each may hold what is not acknowledged. A further one is told Busy. */
export const maxSessions = 1_024

/** Of these, how many are left to what this node itself dials: who calls it must not keep it from its custodians. */
export const sessionsToDial = 64

/** What a service of the node may have written that is not acknowledged: anybody may ask it, and read no answer. */
export const ownServiceBytes = 262_144

/** Conversations with one device (§13). A further one is told Busy. */
export const maxSessionsOfDevice = 64

/**
 * Of others' conversations, how many may be without the first record (§13): a replayed call ends here. For a further one the
 * oldest of the device that has the most gives way, so that whoever never speaks keeps nobody out who does.
 */
export const maxHalfOpenSessions = 64

/** Calls that are read at once, and how many more a second (§13): each costs public-key work. Others are told Busy. */
export const maxCallsAtOnce = 256
export const callsPerSecond = 256

/** How long a caller may take from our answer to its first record, milliseconds: several round trips of the worst path. */
export const halfOpenMs = 10_000

/** Bytes that all conversations together may have untaken: each gets its part of it, and 256 KiB at least. */
export const maxUntakenBytes = 256 * 1024 * 1024

/** How long a dial looks for a way when it is not told, milliseconds, and how long it rests between two rounds. */
export const dialTimeoutMs = 15_000
export const dialPauseMs = 500

/** Links that come up within this, ms, end the rests of dials once: a neighbour whose link comes and goes is no reason to call as often. */
export const wakePauseMs = 100

/** Names of which is remembered which device answered last. The oldest goes first. */
export const rememberedAnswers = 1_024

/** For how long a device says that it wants to be found, milliseconds (§10.6); it says so anew at half of it. */
export const announcedMs = 3_600_000

/** The longest message of `openMessages`, unless its service says less. */
export const maxMessageBytes = 4 * 1024 * 1024

/** How often it is looked whether the clock was set since then, milliseconds, and by how much it matters: others tolerate ten times as much. */
export const clockLookMs = 10_000
export const clockSetMs = 60_000
