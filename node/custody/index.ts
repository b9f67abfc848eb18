// What is kept for others, and what others keep for this node: pins, custody on both sides, and the walks and sweeps behind
// them. Nothing is said to be kept before it is on disk, and what one lets go of another one that needs it still has.

export { Custodian, type CustodianContext, type Reply } from './custodian.js'
export { Custody, type CustodyContext } from './custody.js'
export { type CustodianLink, Duties, type DutiesContext } from './duties.js'
export { KeptTrees } from './kept-trees.js'
export { promiseMs } from './limits.js'
export { type CustodianKey, type CustodyOptions, noCustody, readCustodians, readPolicy } from './options.js'
export { type PinState, Pins } from './pins.js'
