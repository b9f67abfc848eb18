// The bound of this room.

/** Ephemeral keys of message 1 that are remembered, at least; twice as many at most. The oldest half goes first. */
export const REMEMBERED_EPHEMERALS = 4096
