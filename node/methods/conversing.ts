// The methods that hold conversations for clients: each call carries one, its input to the other side and what comes from
// there as items. A client that goes away gives its conversations up.

import type { ConversationItem, ConversationPeer, ConversationTotal } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import { equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { decodeText, encodeText, TextKind } from '../../stack/name/index.js'
import type { Handlers } from '../api-server/index.js'
import type { Time, Timer } from '../outside.js'
import type { Petnames } from '../reader/index.js'
import { type Conversation, type Dialer, type DialTarget, ownPrefix, type Sessions } from '../sessions/index.js'

export interface ConversingContext {
  readonly crypto: Crypto
  readonly time: Time
  readonly sessions: Pick<Sessions, 'serve'>
  readonly dialer: Pick<Dialer, 'dial'>
  readonly petnames: Petnames
}

/** How long a listener may take to accept a conversation, milliseconds, and how many may wait for that. */
const acceptMs = 10_000
const maxWaiting = 64

/** The part of a call that carries bytes. */
interface ByteCall {
  readonly signal: AbortSignal
  item(item: ConversationItem): Promise<void> | undefined
  readInput(): Promise<Uint8Array | undefined>
}

type ConversingMethod = 'dial' | 'listen' | 'accept'

export function conversingMethods(context: ConversingContext): Pick<Handlers, ConversingMethod> {
  const { crypto, time, sessions, dialer, petnames } = context
  const waiting = new Map<number, { readonly conversation: Conversation; readonly timer: Timer }>()
  let lastNumber = 0
  const take = (number: number): Conversation | undefined => {
    const found = waiting.get(number)
    waiting.delete(number)
    found?.timer.cancel()
    return found?.conversation
  }
  return {
    dial: async ({ to, service, timeoutMs }, call) => {
      const target = targetOf(crypto, to, petnames)
      const conversation = await dialer.dial(target, service, { signal: call.signal, timeoutMs })
      await call.item({ peer: peerOf(crypto, conversation) })
      return carry(conversation, call)
    },

    listen: async ({ service, from }, call) => {
      if (service.startsWith(ownPrefix)) {
        throw new RunnelError('BAD_ARGUMENT', `${service} is the node's own: a service may not begin with ${ownPrefix}`)
      }
      const names = from?.map((text) => nameOf(crypto, text, petnames))
      const offered = new Set<number>()
      const handle = (conversation: Conversation): void => {
        lastNumber += 1
        const number = lastNumber
        offered.add(number)
        const timer = time.after(acceptMs, () => take(number)?.reset('nobody took it in time'))
        waiting.set(number, { conversation, timer })
        void conversation.closed.then(() => {
          take(number)
          offered.delete(number)
        })
        void tell(call.item, { conversation: number, peer: peerOf(crypto, conversation) }, () => take(number)?.reset())
      }
      const stop = sessions.serve(service, handle, { from: names, hasRoom: () => waiting.size < maxWaiting })
      call.progress({ listening: true })
      try {
        return await new Promise<never>((_, reject) => {
          const handleAbort = (): void => reject(new RunnelError('ABORTED', undefined, { cause: call.signal.reason }))
          if (call.signal.aborted) handleAbort()
          else call.signal.addEventListener('abort', handleAbort, { once: true })
        })
      } finally {
        stop()
        for (const number of offered) take(number)?.reset('nobody listens any more')
      }
    },

    accept: async ({ conversation: number }, call) => {
      const conversation = take(number)
      if (conversation === undefined) {
        throw new RunnelError('NOT_FOUND', `there is no conversation ${number} to be accepted`, {
          hint: 'It was not accepted in time, or whoever began it has given it up.',
        })
      }
      return carry(conversation, call)
    },
  }
}

/** Carries a conversation over a call until both sides have ended. */
async function carry(conversation: Conversation, call: ByteCall): Promise<ConversationTotal> {
  const total = { bytesIn: 0, bytesOut: 0 }
  const handleAbort = (): void => conversation.reset()
  if (call.signal.aborted) handleAbort()
  else call.signal.addEventListener('abort', handleAbort, { once: true })
  const out = async (): Promise<void> => {
    for (let bytes = await call.readInput(); bytes !== undefined; bytes = await call.readInput()) {
      total.bytesOut += bytes.length
      await conversation.write(bytes)
    }
    await conversation.end()
  }
  const into = async (): Promise<void> => {
    for await (const bytes of conversation) {
      total.bytesIn += bytes.length
      for (let at = 0; at < bytes.length; at += itemBytes) await call.item(bytes.subarray(at, at + itemBytes))
      // An item that was sent was copied.
      conversation.release(bytes)
    }
    await call.item({ end: true })
  }
  const lost = conversation.closed.then((error) => {
    if (error !== undefined) throw error
  })
  try {
    const both = Promise.all([out(), into()])
    both.catch(() => {})
    // A conversation that is lost ends the call, also while it waits for input that may never come.
    await Promise.race([both, lost.then(() => both)])
    return total
  } catch (error) {
    conversation.reset()
    throw error
  } finally {
    call.signal.removeEventListener('abort', handleAbort)
  }
}

async function tell<T>(send: (item: T) => Promise<void> | undefined, item: T, handleGone: () => void): Promise<void> {
  try {
    await send(item)
  } catch {
    handleGone()
  }
}

/** Of what came together, so much makes an item: it fits a frame. */
const itemBytes = 262_144

/** Throws BAD_NAME. */
export function targetOf(crypto: Crypto, text: string, petnames: Petnames): DialTarget {
  const found = decodeText(crypto, withoutPetname(text, petnames))
  if (typeof found !== 'string' && found.kind === TextKind.name) return { name: found.bytes }
  if (typeof found !== 'string' && found.kind === TextKind.device) return { device: found.bytes }
  if (found === 'bad-checksum') throw new RunnelError('BAD_NAME', `there is a typing error in ${text}`)
  throw new RunnelError('BAD_NAME', `${text} is no name, petname or device`)
}

function nameOf(crypto: Crypto, text: string, petnames: Petnames): Uint8Array {
  const target = targetOf(crypto, text, petnames)
  if ('name' in target) return target.name
  throw new RunnelError('BAD_NAME', `${text} is a device, and who may come is said by names`)
}

function withoutPetname(text: string, petnames: Petnames): string {
  if (!text.startsWith('@')) return text
  const name = petnames(text.slice(1))
  if (name === undefined) throw new RunnelError('BAD_NAME', `nobody has the petname ${text.slice(1)} here`)
  return name
}

function peerOf(crypto: Crypto, { peer: { device, name }, neighbour }: Conversation): ConversationPeer {
  const isDirect = neighbour === undefined || equal(neighbour, device)
  return {
    device: encodeText(crypto, TextKind.device, device),
    ...(name === undefined ? {} : { name: encodeText(crypto, TextKind.name, name) }),
    ...(isDirect ? {} : { through: encodeText(crypto, TextKind.device, neighbour) }),
  }
}
