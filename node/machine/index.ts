// The machine that a node runs on: when its addresses change, what it could do, and what a killed node has left here.

export { type AddressChange, followAddresses } from './changes.js'
export { cleanUp, type Removed } from './clean.js'
export { examineMachine } from './examine.js'
export { watchAddresses } from './watch.js'
