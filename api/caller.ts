// The client's end of a channel: calls with their results, items and progress, matched by id. Everything open is rejected
// when the channel ends; a node that sends nonsense, or more than it was given credit for, ends it.

import { type ErrorCode, RunnelError, toRunnelError } from '../errors/index.js'
import { type CallInput, InputQueue } from './input.js'
import { type ItemCall, ItemQueue, type Outcome } from './item-queue.js'
import {
  type Channel,
  decodeNodeMessage,
  type Frame,
  helloFrame,
  type Item,
  type MethodName,
  type NodeMessage,
  type Params,
  type Progress,
  type Result,
} from './protocol/index.js'

export interface CallOptions<M extends MethodName> {
  readonly signal?: AbortSignal | undefined
  /** Called for each report; what it returns is not awaited. */
  readonly onProgress?: ((progress: Progress<M>) => void) | undefined
}

interface OpenCall {
  readonly settle: (outcome: Outcome) => void
  /** False when the item was not allowed. */
  readonly item: (item: unknown) => boolean
  readonly progress: (progress: unknown) => void
  readonly input: InputQueue
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
        if (message === undefined) this.#endWith('BAD_FRAME', 'the node sent what is no message')
        else this.#handle(message)
      },
      handleNonsense: () => this.#endWith('BAD_FRAME', 'the node sent what is no frame'),
      handleDrain: () => {},
      handleEnd: () => this.#fail(new RunnelError('NO_NODE', 'the node ended the connection')),
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
    return this.duplex(method, params, options).items
  }

  /** The same for a method that takes input. */
  duplex<M extends MethodName>(
    method: M,
    params: Params<M>,
    options: CallOptions<M> = {},
  ): { readonly items: ItemCall<M>; readonly input: CallInput } {
    const id = this.#nextId++
    const input = new InputQueue((frame) => {
      if (this.#calls.has(id)) this.#channel.send({ id, ...frame })
    })
    const queue = new ItemQueue<M>({
      credit: (bytes) => {
        if (this.#calls.has(id)) this.#channel.send({ id, credit: bytes })
      },
      cancel: () => {
        // Mostly it has ended, and an error with its stack costs more than the rest of a short call.
        if (this.#calls.has(id)) this.#cancel(id, new RunnelError('ABORTED', 'the items were not read to their end'))
      },
    })
    this.#open(id, { method, params }, options, queue, input)
    return { items: queue, input }
  }

  close(): void {
    this.#endWith('ABORTED', 'the connection was closed')
  }

  #open<M extends MethodName>(
    id: number,
    request: { method: M; params: Params<M> },
    { signal, onProgress }: CallOptions<M>,
    queue: ItemQueue<M>,
    input: InputQueue,
  ): void {
    const error = this.#end ?? (signal?.aborted ? abortedBy(signal) : undefined)
    if (error !== undefined) {
      queue.settle({ error })
      input.handleOver(error)
      return
    }
    const abort = (): void => {
      if (signal !== undefined) this.#cancel(id, abortedBy(signal))
    }
    this.#calls.set(id, {
      item: (item) => queue.put(item as Item<M>),
      input,
      progress: (progress) => onProgress?.(progress as Progress<M>),
      settle: (outcome) => {
        if (!this.#calls.delete(id)) return
        signal?.removeEventListener('abort', abort)
        queue.settle(outcome)
        input.handleOver('error' in outcome ? outcome.error : undefined)
      },
    })
    signal?.addEventListener('abort', abort, { once: true })
    try {
      this.#channel.send({ id, ...request })
    } catch (error) {
      this.#calls.get(id)?.settle({ error: unsendable(request.method, error) })
    }
  }

  #handle(message: NodeMessage): void {
    if (message.kind === 'hello') return
    if (message.id === 0) {
      // About the connection and not about a call.
      if (message.kind === 'error') this.#fail(RunnelError.fromJSON(message.error))
      this.#channel.end()
      return
    }
    // The last words of a call that was cancelled meanwhile are for nobody.
    const call = this.#calls.get(message.id)
    if (call === undefined) return
    if (message.kind === 'result') call.settle({ result: message.result })
    else if (message.kind === 'error') call.settle({ error: RunnelError.fromJSON(message.error) })
    else if (message.kind === 'wants') call.input.handleWants(message.wants)
    else if (message.kind === 'progress') report(call, message.progress)
    else if (!call.item(message.item)) this.#endWith('BAD_FRAME', 'the node sent more than it was given credit for')
  }

  #cancel(id: number, error: RunnelError): void {
    const call = this.#calls.get(id)
    if (call === undefined) return
    this.#channel.send({ id, cancel: true } satisfies Frame)
    call.settle({ error })
  }

  #endWith(code: ErrorCode, message: string): void {
    this.#fail(new RunnelError(code, message))
    this.#channel.end()
  }

  #fail(error: RunnelError): void {
    this.#end ??= error
    for (const call of [...this.#calls.values()]) call.settle({ error: this.#end })
  }
}

/** A callback that throws is its program's defect: it is told there, and the connection goes on. */
function report(call: OpenCall, progress: unknown): void {
  try {
    call.progress(progress)
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}

function abortedBy(signal: AbortSignal): RunnelError {
  return new RunnelError('ABORTED', undefined, { cause: signal.reason })
}

function unsendable(method: string, thrown: unknown): RunnelError {
  if (thrown instanceof RangeError)
    return new RunnelError('TOO_LARGE', `${method}: ${thrown.message}`, { cause: thrown })
  if (thrown instanceof TypeError) {
    return new RunnelError('BAD_ARGUMENT', `${method}: ${thrown.message}`, { cause: thrown })
  }
  return toRunnelError(thrown, method)
}
