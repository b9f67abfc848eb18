// The API of a node: clients on a Unix socket or inside the process, each call bounded, checked and ended with its client.

export type { Call, Handlers } from './connection.js'
export { ApiServer } from './server.js'
