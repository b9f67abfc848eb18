// `runnel listen`: answers for a service. Alone it takes one conversation, on standard input and output; with a command it
// starts one process a conversation, until it is stopped.

import type { Conversation, NodeClient } from '../../api/index.js'
import { carryHere, peerText } from '../carry.js'
import { argument, type Invocation } from '../command.js'
import { withNode } from '../open.js'
import { converse, endedRecord, endedText } from '../process.js'

/** Processes at once. A conversation above that waits until one has ended, and is given up after 10 s. */
const maxProcesses = 64

export async function run(invocation: Invocation): Promise<void> {
  const { signal } = invocation
  const [, ...command] = invocation.arguments
  await withNode(invocation, async (node) => {
    if (command.length === 0) {
      const conversation = await first(invocation, node)
      return carryHere(conversation, invocation)
    }
    try {
      await serve(invocation, node, command)
    } catch (error) {
      // To be interrupted is how one that serves ends.
      if (!signal.aborted) throw error
    }
  })
}

async function* conversations(
  invocation: Invocation,
  node: NodeClient,
  signal: AbortSignal,
): AsyncGenerator<Conversation, void, undefined> {
  const { output, flags } = invocation
  const service = argument(invocation, 0)
  const from = flags.from as readonly string[] | undefined
  const { name } = await node.id({ signal })
  const onListening = (): void => {
    if (output.json) output.noteRecord({ listening: service, name })
    else output.note(`listening; others come by: runnel dial ${name} ${service}`)
  }
  yield* node.listen(service, { signal, onListening, ...(from === undefined ? {} : { from }) })
}

/** The first that comes; from then on nobody is answered any more. */
async function first(invocation: Invocation, node: NodeClient): Promise<Conversation> {
  const coming = conversations(invocation, node, invocation.signal)
  const next = await coming.next()
  await coming.return()
  // Listening ends by a conversation or by throwing.
  return next.value as Conversation
}

async function serve(invocation: Invocation, node: NodeClient, command: readonly string[]): Promise<void> {
  const { output } = invocation
  const service = argument(invocation, 0)
  // A command that cannot be started ends all of it.
  const failure = new AbortController()
  const signal = AbortSignal.any([invocation.signal, failure.signal])
  const running = new Set<Promise<unknown>>()
  const talking = new Set<Promise<void>>()
  let number = 0
  const take = (conversation: Conversation): void => {
    const mine = ++number
    if (output.json) output.noteRecord({ conversation: mine, peer: conversation.peer })
    else output.note(`${mine}: begun by ${peerText(conversation)}`)
    const { exit, ended } = converse(conversation, command, service, signal)
    const exited = exit.catch((error: unknown) => failure.abort(error)).finally(() => running.delete(exited))
    running.add(exited)
    const told = ended
      .then((end) => {
        if (output.json) output.noteRecord({ conversation: mine, ...endedRecord(end) })
        else output.note(`${mine}: ${endedText(end)}`)
      })
      .finally(() => talking.delete(told))
    talking.add(told)
  }
  try {
    for await (const conversation of conversations(invocation, node, signal)) {
      take(conversation)
      while (running.size >= maxProcesses) await Promise.race(running)
    }
  } catch (error) {
    throw failure.signal.aborted ? failure.signal.reason : error
  } finally {
    await Promise.allSettled([...running, ...talking])
  }
}
