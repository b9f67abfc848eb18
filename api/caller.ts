// The client's end of a channel: calls with their results, items and progress, matched by id. Everything open is rejected
// when the channel ends; a node that sends nonsense ends it.

import { type ErrorCode, RunnelError } from '../errors/index.js'
import {
  type Channel,
  decodeNodeMessage,
  helloFrame,
  type Item,
  itemCost,
  type MethodName,
  type Params,
  type Progress,
  type Result,
} from './protocol/index.js'

export interface CallOptions<M extends MethodName> {
  readonly signal?: AbortSignal | undefined
  /** Called for each report; what it returns is not awaited. */
  readonly onProgress?: ((progress: Progress<M>) => void) | undefined
}

/** A call that yields items: iterate it to the end, then `result` is settled. Iterate once. */
export interface ItemCall<M extends MethodName> extends AsyncIterable<Item<M>> {
  readonly result: Promise<Result<M>>
  /** Bytes of items that have arrived and were not taken yet. */
  readonly bufferedBytes: number
}

interface OpenCall {
  readonly settle: (outcome: { result: unknown } | { error: RunnelError }) => void
  readonly item: (item: unknown) => void
  readonly progress: (progress: unknown) => void
}

export class Caller {
  readonly #channel: Channel
  readonly #calls = new Map<number, OpenCall>()
  #nextId = 1
  #end: RunnelError | undefined

  constructor(channel: Channel) {
    this.#channel = channel
    channel.listen({
      handleFrame: (frame) => {
        const message = decodeNodeMessage(frame)
        if (message === undefined) return this.#endWith('BAD_FRAME', 'the node sent what is no message')
        if (message.kind === 'hello') return
        if (message.kind === 'error' && message.id === 0) return this.#fail(RunnelError.fromJSON(message.error))
        const call = this.#calls.get(message.id)
        if (call === undefined) return
        if (message.kind === 'item') call.item(message.item)
        else if (message.kind === 'progress') call.progress(message.progress)
        else if (message.kind === 'result') call.settle({ result: message.result })
        else call.settle({ error: RunnelError.fromJSON(message.error) })
      },
      handleDrain: () => {},
      handleEnd: (refused) => {
        if (refused) this.#endWith('BAD_FRAME', 'the node sent what is no frame')
        else this.#endWith('NO_NODE', 'the node ended the connection')
      },
    })
    channel.send(helloFrame('client'))
  }

  /** Calls a method and resolves with its result. Rejects with a RunnelError; ABORTED has the signal's reason as cause. */
  async call<M extends MethodName>(method: M, params: Params<M>, options: CallOptions<M> = {}): Promise<Result<M>> {
    const call = this.items(method, params, options)
    for await (const _ of call) {
      // A method without items has none; of others the caller wants the result alone.
    }
    return call.result
  }

  /** Calls a method that yields items. What the consumer has not taken yet is bounded by the credit that the node has. */
  items<M extends MethodName>(method: M, params: Params<M>, options: CallOptions<M> = {}): ItemCall<M> {
    return new OpenItemCall<M>((handlers) => this.#open(method, params, options, handlers))
  }

  close(): void {
    this.#endWith('ABORTED', 'the connection was closed')
    this.#channel.end()
  }

  #open<M extends MethodName>(
    method: M,
    params: Params<M>,
    options: CallOptions<M>,
    handlers: { item: (item: Item<M>) => void; settle: OpenCall['settle'] },
  ): { credit(bytes: number): void; cancel(): void } {
    const id = this.#nextId++
    const { signal } = options
    const abort = (): void => {
      this.#channel.send({ id, cancel: true })
      call.settle({ error: new RunnelError('ABORTED', undefined, { cause: signal?.reason }) })
    }
    const call: OpenCall = {
      item: (item) => handlers.item(item as Item<M>),
      progress: (progress) => options.onProgress?.(progress as Progress<M>),
      settle: (outcome) => {
        if (!this.#calls.delete(id)) return
        signal?.removeEventListener('abort', abort)
        handlers.settle(outcome)
      },
    }
    this.#calls.set(id, call)
    if (this.#end !== undefined) call.settle({ error: this.#end })
    else if (signal?.aborted) call.settle({ error: new RunnelError('ABORTED', undefined, { cause: signal.reason }) })
    else {
      signal?.addEventListener('abort', abort, { once: true })
      this.#channel.send({ id, method, params })
    }
    return {
      credit: (bytes) => {
        if (this.#calls.has(id)) this.#channel.send({ id, credit: bytes })
      },
      cancel: () => {
        if (!this.#calls.has(id)) return
        this.#channel.send({ id, cancel: true })
        call.settle({ error: new RunnelError('ABORTED', 'the items were not read to their end') })
      },
    }
  }

  #endWith(code: ErrorCode, message: string): void {
    this.#fail(new RunnelError(code, message))
    this.#channel.end()
  }

  #fail(error: RunnelError): void {
    this.#end ??= error
    for (const call of [...this.#calls.values()]) call.settle({ error })
  }
}

/** Items are queued as they come and taken in order; credit is given back when half of the window has been taken. */
class OpenItemCall<M extends MethodName> implements ItemCall<M> {
  readonly result: Promise<Result<M>>
  readonly #controls: { credit(bytes: number): void; cancel(): void }
  #queue: Item<M>[] = []
  #outcome: { result: unknown } | { error: RunnelError } | undefined
  #wake: (() => void) | undefined
  #takenBytes = 0
  bufferedBytes = 0

  constructor(
    open: (handlers: { item: (item: Item<M>) => void; settle: OpenCall['settle'] }) => {
      credit(bytes: number): void
      cancel(): void
    },
  ) {
    let resolve: (result: Result<M>) => void = () => {}
    let reject: (error: RunnelError) => void = () => {}
    this.result = new Promise<Result<M>>((yes, no) => {
      resolve = yes
      reject = no
    })
    // Whoever iterates meets the error there; a result that nobody awaits must not end the program.
    this.result.catch(() => {})
    this.#controls = open({
      item: (item) => {
        this.#queue.push(item)
        this.bufferedBytes += itemCost(item)
        this.#wake?.()
      },
      settle: (outcome) => {
        this.#outcome = outcome
        if ('result' in outcome) resolve(outcome.result as Result<M>)
        else reject(outcome.error)
        this.#wake?.()
      },
    })
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item<M>, void, undefined> {
    try {
      for (;;) {
        const batch = this.#queue
        this.#queue = []
        for (const item of batch) {
          this.#took(itemCost(item))
          yield item
        }
        if (this.#queue.length > 0) continue
        if (this.#outcome !== undefined) break
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        this.#wake = undefined
      }
      if (this.#outcome !== undefined && 'error' in this.#outcome) throw this.#outcome.error
    } finally {
      this.#controls.cancel()
    }
  }

  #took(bytes: number): void {
    this.bufferedBytes -= bytes
    this.#takenBytes += bytes
    if (this.#takenBytes < creditStepBytes) return
    this.#controls.credit(this.#takenBytes)
    this.#takenBytes = 0
  }
}

/** Credit goes back in steps of a quarter of the first credit: few frames, and the node never runs dry. */
const creditStepBytes = 256 * 1024
