// A process that holds one conversation: its standard input is what the other side writes, its standard output what the
// other side reads. Who that is stands in its environment.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Conversation, ConversationTotal } from '../api/index.js'
import { RunnelError, toRunnelError } from '../errors/index.js'
import { carry, totalText, writerOf } from './carry.js'
import { clean } from './text.js'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** How a conversation ended, and the process that held it. */
export type Ended = Exit & ({ readonly total: ConversationTotal } | { readonly error: RunnelError })

export interface Conversing {
  /** The process has ended. Rejects with BAD_ARGUMENT when it cannot be started. */
  readonly exit: Promise<Exit>
  /** The conversation has ended as well; what comes for a process that has ended is thrown away. Never rejects. */
  readonly ended: Promise<Ended>
}

export function converse(
  conversation: Conversation,
  [program = '', ...args]: readonly string[],
  service: string,
  signal: AbortSignal,
): Conversing {
  const { device, name = '' } = conversation.peer
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Empty where it is not proven, so that none is inherited.
    env: { ...process.env, RUNNEL_SERVICE: service, RUNNEL_PEER_DEVICE: device, RUNNEL_PEER_NAME: name },
  })
  const { stdin, stdout } = child
  const exit = exitOf(child, program)
  const ends = { input: stdout, write: writerOf(stdin), handleEnd: () => void stdin.end() }
  const talk = async (): Promise<Ended> => {
    try {
      await spawned(child, exit)
      const total = await carry(conversation, ends, signal)
      return { ...(await exit), total }
    } catch (thrown) {
      child.kill('SIGTERM')
      await conversation.close()
      const how = await exit.catch((): Exit => ({ code: null, signal: null }))
      return { ...how, error: toRunnelError(thrown) }
    }
  }
  return { exit, ended: talk() }
}

/** For people. */
export function endedText(ended: Ended): string {
  const how = 'total' in ended ? totalText(ended.total) : `given up: ${clean(ended.error.message)}`
  if (ended.signal !== null) return `${how}; the command was ended by ${ended.signal}`
  return ended.code === 0 ? how : `${how}; the command ended with ${ended.code ?? 'nothing'}`
}

export function endedRecord(ended: Ended): object {
  const { code, signal } = ended
  return { code, signal, ...('total' in ended ? ended.total : { error: ended.error.toJSON() }) }
}

/** Nothing may be said to the other side for a process that was never there. */
function spawned(child: ChildProcess, exit: Promise<Exit>): Promise<unknown> {
  return Promise.race([once(child, 'spawn'), exit])
}

function exitOf(child: ChildProcess, program: string): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      if (child.pid === undefined) {
        reject(new RunnelError('BAD_ARGUMENT', `${program} cannot be started: ${cause.message}`, { cause }))
      }
    })
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}
