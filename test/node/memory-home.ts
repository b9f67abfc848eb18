// A disk in memory for what stands on a node's files without being the store.

export { MemoryFiles } from '../../node/store/testing/memory-files.js'
export { HOME } from '../../node/store/testing/open.js'
