// A client of a node that is nothing but the answers that a test gives, in this process.

import { connectInside, type NodeClient } from '../../api/index.js'
import { ApiServer, fakeHandlers, type Handlers } from '../api/fake-node.js'

export function fakeClient(handlers: Partial<Handlers>): NodeClient {
  return connectInside(new ApiServer(fakeHandlers(handlers)))
}
