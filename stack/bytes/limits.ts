// Bounds of the tables in this folder.

/** Bytes of a key: all names, hashes and public keys are 32 bytes. */
export const KEY_BYTES = 32

/** Bytes of a table's seed: HalfSipHash takes a 64-bit key. */
export const SEED_BYTES = 8

/**
 * Keys in one table, at most. 2^26 keys take 2 GiB of key columns and 1 GiB of slots, more than any one process here
 * should give to a table. When it is full, inserting is refused: what goes first is its owner's decision.
 */
export const MAX_TABLE_KEYS = 1 << 26

/** Rows that a new table has room for: small, because some owners hold a table for each neighbour. */
export const INITIAL_ROWS = 8
