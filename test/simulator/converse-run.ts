// One program that speaks to another's service for the whole run, over and over: what each reads is what the other wrote,
// from its beginning and without a gap, whatever happens; and an end is seen only behind everything.

import { RunnelError } from '../../errors/index.js'
import type { ComposedNode } from '../../node/composed.js'
import type { Conversation } from '../../node/sessions/index.js'
import { Killed } from '../../node/store/testing/faults.js'
import { poured } from '../lab/pour.js'
import type { Computer } from './computer.js'
import { Violation } from './model.js'
import type { World } from './world.js'

/** How long a dialler rests before it dials again. */
const restUs = 300_000

/** At once, so that a conversation lasts for as long as it is given time. */
const pieceBytes = 10_000

export interface PlannedConversation {
  readonly dialler: number
  readonly listener: number
  readonly byName: boolean
  /** Bytes of each direction, and how long both rest between two pieces. */
  readonly bytes: number
  readonly gapMs: number
}

export class ConverseRun {
  readonly dialler: Computer
  readonly listener: Computer
  /** Conversations that came to their ends with everything said. */
  completed = 0
  /** Bytes that either side has read. */
  heardBytes = 0
  readonly #world: World
  readonly #number: number
  readonly #planned: PlannedConversation
  readonly #end = new AbortController()
  readonly #report: (error: unknown) => void
  #open = false

  constructor(
    world: World,
    number: number,
    planned: PlannedConversation,
    [dialler, listener]: readonly [Computer, Computer],
    report: (error: unknown) => void,
  ) {
    this.#world = world
    this.#number = number
    this.#planned = planned
    this.dialler = dialler
    this.listener = listener
    this.#report = report
  }

  get name(): string {
    return `${this.dialler.name} speaks to ${this.listener.name}`
  }

  get open(): boolean {
    return this.#open
  }

  /** Answers on a node of the listener, which has just started or runs. */
  serve(node: ComposedNode): void {
    node.sessions.serve(this.#service, async (conversation) => {
      try {
        await this.#speak(conversation, 1, 0)
      } catch (error) {
        if (isMisdeed(error)) this.#report(error)
        throw error
      }
    })
  }

  /** Until `stop`. Throws a Violation, or what no program may be told. */
  async run(): Promise<void> {
    const { signal } = this.#end
    while (!signal.aborted) {
      if (this.dialler.node !== undefined) await this.#dial(signal)
      if (!signal.aborted) await this.#world.time.sleep(restUs)
    }
  }

  stop(): void {
    this.#end.abort(new RunnelError('ABORTED'))
  }

  get #service(): string {
    return `sim.${this.#number}`
  }

  async #dial(signal: AbortSignal): Promise<void> {
    const { dialler, listener } = this
    const { name, device } = listener.keys
    this.#open = true
    try {
      await dialler.use(async (node) => {
        const target = this.#planned.byName ? { name } : { device }
        const conversation = await node.dialer.dial(target, this.#service, { signal })
        const handleAbort = (): void => conversation.reset()
        signal.addEventListener('abort', handleAbort, { once: true })
        await this.#speak(conversation, 0, 1).finally(() => signal.removeEventListener('abort', handleAbort))
        this.completed += 1
      })
    } catch (error) {
      if (error instanceof Killed) return
      if (isMisdeed(error)) throw error
    } finally {
      this.#open = false
    }
  }

  async #speak(conversation: Conversation, own: number, theirs: number): Promise<void> {
    const { bytes, gapMs } = this.#planned
    const write = async (): Promise<void> => {
      for (let at = 0; at < bytes; at += pieceBytes) {
        await conversation.write(this.#said(own, at, Math.min(pieceBytes, bytes - at)))
        if (gapMs > 0) await this.#world.time.sleep(gapMs * 1_000)
      }
      await conversation.end()
    }
    const read = async (): Promise<void> => {
      let heard = 0
      for await (const part of conversation) {
        if (Buffer.compare(part, this.#said(theirs, heard, part.length)) !== 0) {
          throw new Violation(`${this.name}: was told other bytes at ${heard} than were said`)
        }
        heard += part.length
        this.heardBytes += part.length
        conversation.release(part)
      }
      if (heard !== bytes) throw new Violation(`${this.name}: was told the end after ${heard} of ${bytes} bytes`)
    }
    await Promise.all([write(), read()])
  }

  #said(side: number, from: number, bytes: number): Uint8Array {
    return poured(2 * this.#number + side, from, bytes)
  }
}

/** What is nobody's fault outside is a program's to be told; that the other side broke the rules is not, for it is honest. */
function isMisdeed(error: unknown): boolean {
  if (!(error instanceof RunnelError)) return !(error instanceof Killed)
  return error.code === 'INTERNAL' || error.message.includes('did not keep to the protocol')
}
