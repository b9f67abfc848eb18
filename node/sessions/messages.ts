// Messages over a conversation: `length u32 | bytes` each, with a limit, for services that speak in messages.

import { RunnelError } from '../../errors/index.js'
import type { Conversation } from './conversation.js'
import { maxMessageBytes } from './limits.js'

const lengthBytes = 4

export interface Messages {
  /** Resolves when more may be sent. Throws as Conversation.write; RangeError for one over the limit. */
  send(message: Uint8Array): Promise<void>
  /** The next message, or undefined after the last. Throws TOO_LARGE and resets when one is over the limit, CONVERSATION_RESET when it ends inside of one. */
  receive(): Promise<Uint8Array | undefined>
}

/** Speaks in messages of at most `limitBytes`. Nothing else may read or write the conversation then. */
export function openMessages(conversation: Conversation, limitBytes: number = maxMessageBytes): Messages {
  let parts: Uint8Array[] = []
  let heldBytes = 0
  /** The next `count` bytes, or undefined when it ends before. */
  const take = async (count: number): Promise<Uint8Array | undefined> => {
    while (heldBytes < count) {
      const bytes = await conversation.read()
      if (bytes === undefined) return undefined
      parts.push(bytes)
      heldBytes += bytes.length
    }
    const taken = new Uint8Array(count)
    let filled = 0
    while (filled < count) {
      const [first = taken] = parts
      const piece = first.subarray(0, count - filled)
      taken.set(piece, filled)
      filled += piece.length
      if (piece.length === first.length) parts = parts.slice(1)
      else parts[0] = first.subarray(piece.length)
    }
    heldBytes -= count
    return taken
  }
  return {
    async send(message) {
      if (message.length > limitBytes) throw new RangeError(`${message.length} bytes where ${limitBytes} are allowed`)
      const framed = new Uint8Array(lengthBytes + message.length)
      new DataView(framed.buffer).setUint32(0, message.length)
      framed.set(message, lengthBytes)
      await conversation.write(framed)
    },
    async receive() {
      const head = await take(lengthBytes)
      if (head === undefined && heldBytes === 0) return undefined
      const length = head === undefined ? 0 : new DataView(head.buffer, head.byteOffset).getUint32(0)
      if (length > limitBytes) {
        conversation.reset('a message of too many bytes')
        throw new RunnelError('TOO_LARGE', `a message of ${length} bytes where ${limitBytes} are allowed`)
      }
      const message = head === undefined ? undefined : await take(length)
      if (message === undefined) throw new RunnelError('CONVERSATION_RESET', 'it ended inside of a message')
      return message
    },
  }
}
