// Bytes: total readers and checked writers of big-endian fields, comparison, text forms, and tables keyed by 32 bytes.
// Nothing here throws because of what a peer sent; RangeError means that the calling code is wrong.

export { compare, equal, isZero } from './compare.js'
export { concat } from './concat.js'
export { fromHex, toHex } from './hex.js'
export { KeyMap, KeySet } from './key-map.js'
export { KeyTable } from './key-table.js'
export { KEY_BYTES, MAX_TABLE_KEYS, SEED_BYTES } from './limits.js'
export { Reader } from './reader.js'
export { type Reason, reasons } from './reason.js'
export { Rooms } from './rooms.js'
export { uninitialized } from './uninitialized.js'
export { decodeUtf8, encodeUtf8, isWellFormed } from './utf8.js'
export { Writer } from './writer.js'
