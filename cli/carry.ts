// A conversation joined to two streams of bytes: what can be read goes out, what comes in is written, and each direction has
// its own end. Nothing is read faster than the other side takes it.

import type { Readable, Writable } from 'node:stream'
import type { Conversation, ConversationTotal } from '../api/index.js'
import type { Invocation } from './command.js'
import { bytesText, clean } from './text.js'

export interface Ends {
  readonly input: Readable
  /** Resolves when more may be written. */
  readonly write: (bytes: Uint8Array) => Promise<void>
  /** The other side has ended; the input may go on. */
  readonly handleEnd: () => void
}

/** Resolves, with what went over it, when both sides have ended. Throws CONVERSATION_RESET, CONVERSATION_LOST; ABORTED by the signal. */
export async function carry(conversation: Conversation, ends: Ends, signal: AbortSignal): Promise<ConversationTotal> {
  const { input } = ends
  const handleAbort = (): void => void conversation.close()
  if (signal.aborted) handleAbort()
  else signal.addEventListener('abort', handleAbort, { once: true })
  const out = async (): Promise<void> => {
    for await (const bytes of input) await conversation.write(bytes as Uint8Array)
    await conversation.end()
  }
  const into = async (): Promise<void> => {
    for await (const bytes of conversation) await ends.write(bytes)
    ends.handleEnd()
  }
  try {
    // The result fails as soon as the conversation does, also while the input is silent.
    const [total] = await Promise.all([conversation.result, out(), into()])
    return total
  } catch (error) {
    await conversation.close()
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', handleAbort)
    input.destroy()
  }
}

/** Writes to a stream of a program; what it does not read any more is thrown away. */
export function writerOf(output: Writable): Ends['write'] {
  output.on('error', () => {})
  return async (bytes) => {
    if (output.destroyed || output.write(bytes)) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of ['drain', 'close']) output.off(event, done)
        resolve()
      }
      for (const event of ['drain', 'close']) output.once(event, done)
    })
  }
}

/** Who is at the other end and how they are reached, as people read it. */
export function peerText({ peer: { device, name, through } }: Pick<Conversation, 'peer'>): string {
  const who =
    name === undefined
      ? `device ${clean(device)}, which has proven no name`
      : `${clean(name)} (device ${clean(device)})`
  return through === undefined ? `${who}, directly` : `${who}, through ${clean(through)}`
}

/** Joins it to standard input and output of this process, and says with whom and how much. */
export async function carryHere(conversation: Conversation, { output, signal }: Invocation): Promise<void> {
  const { peer } = conversation
  if (output.json) output.noteRecord({ peer })
  else output.note(`speaking to ${peerText(conversation)}`)
  const ends: Ends = {
    input: process.stdin,
    write: (bytes) => output.bytes(bytes, signal),
    handleEnd: () => {
      if (process.stdin.isTTY) output.note('the other side has ended; end your input too (Ctrl-D)')
    },
  }
  const total = await carry(conversation, ends, signal)
  if (output.json) output.noteRecord({ ...total })
  else output.note(totalText(total))
}

export function totalText({ bytesIn, bytesOut }: ConversationTotal): string {
  return `${bytesText(bytesOut)} sent, ${bytesText(bytesIn)} received`
}
