// A node that a program can run inside itself, or that `runnel up` runs: `openNode(options)`.

export { nodeVersion } from './composed.js'
export type { CustodyOptions } from './custody/index.js'
export type { LogEvent } from './log-event.js'
export { cleanUp, examineMachine } from './machine/index.js'
export { openNode, type RunnelNode } from './node.js'
export { completeOptions, defaultHome, type NodeOptions } from './options.js'
export type { LocalServer } from './servers.js'
