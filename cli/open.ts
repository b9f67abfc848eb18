// A connection to the node for as long as a command needs it.

import type { NodeClient, ReadOptions } from '../api/index.js'
import type { Invocation } from './command.js'

/** Connects to the node of this home, and closes the connection when `use` is done. Throws NO_NODE. */
export async function withNode<T>(invocation: Invocation, use: (node: NodeClient) => Promise<T>): Promise<T> {
  const { connect } = await import('../api/index.js')
  const node = await connect({ home: invocation.home })
  try {
    return await use(node)
  } finally {
    await node.close()
  }
}

/** What the flags of reading say, for the calls that read. */
export async function readOptions(invocation: Invocation): Promise<ReadOptions> {
  const { 'max-age': maxAgeS, stale, timeout } = await invocation.settings()
  return {
    ...(maxAgeS === undefined ? {} : { maxAgeS: Math.floor(maxAgeS) }),
    ...(stale ? {} : { refuseStale: true }),
    ...(timeout === undefined ? {} : { idleTimeoutMs: Math.max(1, Math.round(timeout * 1000)) }),
  }
}

/** The settings that every command has which reads. */
export const readingSettings = ['max-age', 'stale', 'timeout'] as const
