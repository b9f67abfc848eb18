// Every method of the API, over the parts of a node.

export { addressingMethod } from './addressing.js'
export type { ObservingContext } from './context.js'
export { conversingMethods } from './conversing.js'
export { firewallMethods } from './firewall.js'
export { inboxMethods } from './inbox.js'
export { keepingMethods } from './keeping.js'
export { metricsOf } from './metrics.js'
export { observingMethods, waitForNeighbour } from './observing.js'
export { probingMethod } from './probing.js'
export { type ReadingContext, readingMethods } from './reading.js'
export { waitingMethod } from './waiting.js'
export { petnameOf, type WritingContext, writingMethods } from './writing.js'
