// Data: chunks named by their hash, and the log, the file and the folder that are made of them.
// Guarantees: every decoder is total; a walk checks each count, kind and level that was declared above; nothing that a
// log's writer signed is ever contradicted by a later commit; two states of which neither continues the other are found.

export { childrenOf } from './children.js'
export { type ChunkChild, ChunkKind, checkChunk } from './chunk.js'
export { type Entry, EntryFlag } from './entry.js'
export { type Continuity, forkOf } from './fork.js'
export * from './head.js'
export * from './limits.js'
export { decodeNote, encodeNote, type Note } from './note.js'
export { decodePage, type Page, pagePrefixes } from './page.js'
export * from './reference.js'
export { decodeRun, encodeRun, openRun, type Run, type RunChild } from './run.js'
export { decodeTree, emptyRoot, encodeTree, type Tree, type TreeChild } from './tree.js'
