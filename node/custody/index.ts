// What this node keeps for others: pins now, and what keeps them. Nothing is said to be kept before it is on disk, and
// what one of them lets go of another one that needs it still has.

export { KeptTrees } from './kept-trees.js'
export { type PinState, Pins } from './pins.js'
