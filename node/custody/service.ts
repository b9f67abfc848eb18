// Custody over sessions: the service that answers offers and challenges, and the conversation with somebody else's.

import { RunnelError } from '../../errors/index.js'
import {
  type Client,
  type CustodyMessage,
  decodeCustody,
  encodeCustody,
  maxMessageBytes,
} from '../../stack/custody/index.js'
import type { Time } from '../outside.js'
import { type Conversation, type Dialer, openMessages, type Sessions } from '../sessions/index.js'
import type { Custodian } from './custodian.js'
import type { CustodianLink } from './duties.js'
import { answerIdleMs, dialMs, maxOpenQuestions, offerMs } from './limits.js'

export const custodyService = 'runnel.custody'

/** Answers for the service until the function that is given is called. */
export function serveCustody(sessions: Sessions, custodian: Custodian): () => void {
  return sessions.serve(custodyService, (conversation) => serveOne(conversation, custodian))
}

async function serveOne(conversation: Conversation, custodian: Custodian): Promise<void> {
  const { peer } = conversation
  const client: Client = { device: peer.device.slice(), name: peer.name?.slice() }
  const messages = openMessages(conversation, maxMessageBytes)
  const ended = new AbortController()
  void conversation.closed.then(() => ended.abort())
  const open = new Set<Promise<void>>()
  const reply = (answer: CustodyMessage): Promise<void> => messages.send(encodeCustody(answer)).catch(() => {})
  for (let bytes = await messages.receive(); bytes !== undefined; bytes = await messages.receive()) {
    const message = decodeCustody(bytes)
    if (typeof message === 'string') return conversation.reset(`a message that is refused: ${message}`)
    const answered: Promise<void> = custodian
      .handle(client, message, reply, ended.signal)
      .finally(() => open.delete(answered))
    open.add(answered)
    // Who asks faster than is answered, or reads no answer, waits.
    if (open.size >= maxOpenQuestions) await Promise.race(open)
  }
  await Promise.allSettled(open)
  await conversation.end()
}

/** Opens a conversation with a custodian. Throws what dialling throws. */
export async function dialCustodian(
  dialer: Dialer,
  time: Time,
  device: Uint8Array,
  signal: AbortSignal,
): Promise<CustodianLink> {
  const conversation = await dialer.dial({ device }, custodyService, { signal, timeoutMs: dialMs })
  const messages = openMessages(conversation, maxMessageBytes)
  const handleAbort = (): void => conversation.reset('the node is ending')
  signal.addEventListener('abort', handleAbort, { once: true })
  if (signal.aborted) handleAbort()
  return {
    async ask(question, progress) {
      const fail = (why: string): never => {
        conversation.reset(`a message that is refused: ${why}`)
        throw new RunnelError('CONVERSATION_RESET', `the custodian did not answer (${why})`)
      }
      // Whatever it says meanwhile: one that goes on and on must not look as if it were about to answer.
      const end = time.after(question.type === 'offer' ? offerMs : answerIdleMs, () => conversation.reset('no answer'))
      let fetched = -1
      let idle = time.after(answerIdleMs, () => conversation.reset('no answer'))
      try {
        await messages.send(encodeCustody(question))
        for (;;) {
          const bytes = await messages.receive()
          const answer = bytes === undefined ? 'too-short' : decodeCustody(bytes)
          if (typeof answer === 'string') return fail(answer)
          if (answer.request !== question.request) return fail('an answer to something else')
          if (answer.type !== 'progress') return answer
          if (question.type !== 'offer') return fail('progress of what has none')
          progress?.(answer)
          if (answer.bytes <= fetched) continue
          fetched = answer.bytes
          idle.cancel()
          idle = time.after(answerIdleMs, () => conversation.reset('no answer'))
        }
      } finally {
        end.cancel()
        idle.cancel()
      }
    },
    close() {
      signal.removeEventListener('abort', handleAbort)
      void conversation.end().catch(() => {})
    },
  }
}
