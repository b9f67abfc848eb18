// A node that is nothing but its API: the real server on a real socket in a home of its own, with handlers that a test
// gives. What it does not give answers UNSUPPORTED.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MethodName, methodNames } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { ApiServer, type Handlers } from '../../node/api-server/index.js'

export { ApiServer, type Handlers }

export interface FakeNode {
  readonly home: string
  readonly path: string
  readonly server: ApiServer
  close(): Promise<void>
}

export function fakeHandlers(given: Partial<Handlers>): Handlers {
  const refuse = (method: MethodName) => async (): Promise<never> => {
    throw new RunnelError('UNSUPPORTED', `the fake node has no ${method}`)
  }
  const all = Object.fromEntries(methodNames.map((method) => [method, refuse(method)]))
  return { ...all, ...given } as unknown as Handlers
}

/** Serves in a new home, or in the one that is given, which stays. */
export async function openFakeNode(given: Partial<Handlers>, at?: string): Promise<FakeNode> {
  const home = at ?? mkdtempSync(join(tmpdir(), 'fake-node-'))
  const server = new ApiServer(fakeHandlers(given))
  const path = join(home, 'runnel.sock')
  await server.listen(path)
  return {
    home,
    path,
    server,
    close: async () => {
      await server.close()
      if (at === undefined) rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Does something with one that is closed afterwards. */
export async function withFakeNode(handlers: Partial<Handlers>, use: (node: FakeNode) => Promise<void>): Promise<void> {
  const node = await openFakeNode(handlers)
  try {
    await use(node)
  } finally {
    await node.close()
  }
}
