// A program that speaks by Runnel: with a node inside it, or as a client of one that runs.

import { type Conversation, connect, type NodeClient } from '../../api/index.js'
import { serve } from '../frame/actor.js'
import { callerMethods } from './caller.js'
import { answer, type Pipe, type Service } from './service.js'

let client: NodeClient | undefined

function opened(): NodeClient {
  if (client === undefined) throw new Error('no node is open')
  return client
}

function pipeOf(conversation: Conversation): Pipe {
  return {
    write: (bytes) => conversation.write(bytes),
    end: () => void conversation.end().catch(() => {}),
    close: () => {},
    [Symbol.asyncIterator]: () => conversation[Symbol.asyncIterator](),
  }
}

async function listen(service: Service): Promise<void> {
  for await (const conversation of opened().listen(service)) void answer(pipeOf(conversation), service)
}

serve(
  {
    /** A node inside of this program. */
    embed: async ({ home, upstream }: { home: string; upstream: string }) => {
      client = await connect({ home, embedded: true, upstream: [upstream] })
      await client.wait({ for: 'neighbour', timeoutMs: 10_000 })
    },

    /** The node of a home, which runs. */
    connect: async ({ home }: { home: string }) => {
      client = await connect({ home })
    },

    /** Answers for both services; resolves with the name to dial, once the router can lead there. */
    serve: async () => {
      void listen('sink')
      void listen('first')
      return (await opened().id()).name
    },

    ...callerMethods<string>(async (name, service) => pipeOf(await opened().dial(name, service))),
  },
  async () => client?.close(),
)
