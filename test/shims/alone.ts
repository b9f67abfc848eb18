// A node that is alone, in this process, and a client of it as a server beside it has one.

import { join } from 'node:path'
import { connectInside, type NodeClient } from '../../api/index.js'
import { openNode, type RunnelNode } from '../../node/index.js'
import { inDirectory } from '../node/temporary.js'

export interface Alone {
  readonly directory: string
  readonly node: RunnelNode
  readonly client: NodeClient
}

export async function inAlone(use: (alone: Alone) => Promise<void>): Promise<void> {
  await inDirectory(async (directory) => {
    const node = await openNode({ home: join(directory, 'home'), root: true, serveApi: false })
    const client = connectInside(node)
    try {
      await use({ directory, node, client })
    } finally {
      await client.close()
      await node.close()
    }
  })
}
