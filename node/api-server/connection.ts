// One client of the API: reads its messages, runs its calls, sends items within the credit it gives, and cancels what is
// still running when it goes. Nonsense ends the connection with one BAD_FRAME; it never disturbs the node.

import {
  type Channel,
  decodeClientMessage,
  type Frame,
  firstCreditBytes,
  helloFrame,
  type Item,
  inputWindowBytes,
  itemCost,
  type MethodName,
  methodNames,
  type Params,
  type Progress,
  type Result,
} from '../../api/protocol/index.js'
import { type ErrorRecord, RunnelError, toRunnelError } from '../../errors/index.js'
import { maxCalls, maxCredit, maxQueuedBytes, progressIntervalMs, queuedBytesHigh } from './limits.js'

/** What a method may use of the call that runs it. */
export interface Call<M extends MethodName> {
  readonly signal: AbortSignal
  /**
   * Sends one item, at once where there is room for it, and then it gives undefined. Otherwise it resolves when it is sent.
   * Throws ABORTED when the client has gone.
   */
  item(item: Item<M>): Promise<void> | undefined
  /** The next bytes that the client sends to the call, or undefined after the last. Throws ABORTED when the client has gone. */
  readInput(): Promise<Uint8Array | undefined>
  /** Tells how far it is; at most ten times a second, the rest is left out. Never awaited. */
  progress(progress: Progress<M>): void
}

export type Handlers = {
  readonly [M in MethodName]: (params: Params<M>, call: Call<M>) => Promise<Result<M>>
}

/** Checks the parameters of a method; throws BAD_ARGUMENT. */
export type ParamsCheck = (method: MethodName, params: Record<string, unknown>) => Params<MethodName>

interface OpenCall {
  /** Why nobody wants its answer any more. */
  aborted: RunnelError | undefined
  /** Of the signal, once the method has asked for it: most calls end before anybody would, and a signal costs as much as they do. */
  controller: AbortController | undefined
  credit: number
  /** Items that wait for credit or for the socket. */
  readonly waiting: (() => void)[]
  progressAtMs: number
  /** What came and was not taken, what may still come, what was taken since more was asked for, and whether all has come. */
  readonly input: Uint8Array[]
  inputCredit: number
  inputTaken: number
  inputEnded: boolean
}

/** Serves one client until its channel ends. `handleEnd` is called once, then. */
export function serveClient(channel: Channel, handlers: Handlers, check: ParamsCheck, handleEnd: () => void): void {
  const calls = new Map<number, OpenCall>()
  const wakeAll = (): void => {
    for (const call of calls.values()) wake(call)
  }
  const refuse = (): void => {
    channel.send({ id: 0, error: new RunnelError('BAD_FRAME').toJSON() })
    channel.end()
  }
  const send = (frame: Frame): void => {
    try {
      channel.send(frame)
    } catch (cause) {
      if (cause instanceof RangeError) throw new RunnelError('TOO_LARGE', `the answer: ${cause.message}`, { cause })
      throw cause
    }
  }
  const run = async (id: number, method: string, params: Record<string, unknown>): Promise<void> => {
    const open: OpenCall = {
      aborted: undefined,
      controller: undefined,
      credit: firstCreditBytes,
      waiting: [],
      progressAtMs: 0,
      input: [],
      inputCredit: 0,
      inputTaken: inputWindowBytes,
      inputEnded: false,
    }
    calls.set(id, open)
    let reply: Frame
    try {
      if (!isMethod(method)) throw new RunnelError('UNSUPPORTED', `this node has no method ${method.slice(0, 64)}`)
      const handler = handlers[method] as (params: unknown, call: Call<MethodName>) => Promise<unknown>
      reply = { id, result: await handler(check(method, params), callOf(id, open)) }
    } catch (error) {
      reply = { id, error: errorRecord(error) }
    }
    calls.delete(id)
    try {
      send(reply)
    } catch (error) {
      channel.send({ id, error: errorRecord(error) })
    }
  }
  const hasRoom = (open: OpenCall): boolean => open.credit > 0 && channel.queuedBytes <= queuedBytesHigh
  const sendItem = (id: number, open: OpenCall, item: Item<MethodName>): void => {
    send({ id, item })
    open.credit -= itemCost(item)
  }
  const sendLater = async (id: number, open: OpenCall, item: Item<MethodName>): Promise<void> => {
    while (!hasRoom(open) && open.aborted === undefined) {
      await new Promise<void>((resolve) => open.waiting.push(resolve))
    }
    if (open.aborted !== undefined) throw new RunnelError('ABORTED')
    sendItem(id, open, item)
  }
  const callOf = (id: number, open: OpenCall): Call<MethodName> => ({
    get signal() {
      open.controller ??= new AbortController()
      if (open.aborted !== undefined) open.controller.abort(open.aborted)
      return open.controller.signal
    },
    item: (item) => {
      if (!hasRoom(open) || open.aborted !== undefined) return sendLater(id, open, item)
      sendItem(id, open, item)
      return undefined
    },
    readInput: async () => {
      // Asked for by whoever reads input at all: of others none may come.
      if (4 * open.inputTaken >= inputWindowBytes && !open.inputEnded) {
        send({ id, wants: open.inputTaken })
        open.inputCredit += open.inputTaken
        open.inputTaken = 0
      }
      while (open.input.length === 0 && !open.inputEnded && open.aborted === undefined) {
        await new Promise<void>((resolve) => open.waiting.push(resolve))
      }
      if (open.aborted !== undefined) throw new RunnelError('ABORTED')
      const bytes = open.input.shift()
      if (bytes !== undefined) open.inputTaken += itemCost(bytes)
      return bytes
    },
    progress: (progress) => {
      const nowMs = performance.now()
      if (nowMs - open.progressAtMs < progressIntervalMs) return
      open.progressAtMs = nowMs
      send({ id, progress })
    },
  })

  channel.listen({
    handleFrame: (frame) => {
      const message = decodeClientMessage(frame)
      if (message === undefined) return refuse()
      if (message.kind === 'hello') return
      if (message.kind === 'call') {
        if (calls.has(message.id)) return refuse()
        // It asks and asks, and reads no answer.
        if (channel.queuedBytes > maxQueuedBytes) return channel.end()
        if (calls.size >= maxCalls) {
          channel.send({
            id: message.id,
            error: new RunnelError('TOO_MANY', `more than ${maxCalls} calls at once`).toJSON(),
          })
        } else void run(message.id, message.method, message.params)
        return
      }
      const open = calls.get(message.id)
      if (message.kind === 'input' || message.kind === 'inputEnd') {
        // What comes for a call that has just ended is for nobody.
        if (open === undefined) return
        if (open.inputEnded || (message.kind === 'input' && open.inputCredit <= 0)) return refuse()
        if (message.kind === 'inputEnd') open.inputEnded = true
        else {
          open.inputCredit -= itemCost(message.input)
          open.input.push(message.input)
        }
        wake(open)
        return
      }
      if (open === undefined) return
      if (message.kind === 'cancel') abort(open, new RunnelError('ABORTED'))
      else open.credit = Math.min(maxCredit, open.credit + message.credit)
      wake(open)
    },
    handleNonsense: refuse,
    handleDrain: wakeAll,
    handleEnd: () => {
      for (const open of calls.values()) abort(open, new RunnelError('ABORTED', 'the client has gone'))
      wakeAll()
      handleEnd()
    },
  })
  channel.send(helloFrame('node'))
}

function abort(call: OpenCall, reason: RunnelError): void {
  call.aborted ??= reason
  call.controller?.abort(reason)
}

function wake(call: OpenCall): void {
  for (const resume of call.waiting.splice(0)) resume()
}

function isMethod(method: string): method is MethodName {
  return (methodNames as readonly string[]).includes(method)
}

function errorRecord(error: unknown): ErrorRecord {
  return toRunnelError(error).toJSON()
}
