// A conversation as a service or a client of the node has it: bytes in, bytes out, an end of each, and who is at the other
// end. It goes on over changes of the way; what it cannot keep it says.

import { RunnelError } from '../../errors/index.js'
import { uninitialized } from '../../stack/bytes/index.js'
import type { LostReason, ResetCode } from '../../stack/session/index.js'
import type { Ways } from './ways.js'

/** Who is at the other end: the device is proven by the handshake, the name by a certificate that lists it. */
export interface Peer {
  readonly device: Uint8Array
  readonly name: Uint8Array | undefined
  /** What proved the name when the conversation began. */
  readonly certificate?: Uint8Array | undefined
}

/** Pieces of less are joined to larger ones. */
const smallBytes = 4_096

/** Iterate it once for what the other side writes, in order, in whatever pieces; it ends with the other side's `end`. */
export interface Conversation extends AsyncIterable<Uint8Array> {
  readonly peer: Peer
  readonly service: string
  /** The device of the neighbour that it goes over now: the peer itself, or who leads to it. Undefined while there is no way. */
  readonly neighbour: Uint8Array | undefined
  /** Where datagrams go that belong to it. */
  readonly ways: Ways
  /** Nobody looks at what `read` gave any more, so that its memory may be used again. For who reads much; never a must. */
  release(bytes: Uint8Array): void
  /** The next bytes, or undefined after the last. Throws CONVERSATION_RESET, CONVERSATION_LOST, and ABORTED after `reset`. Not to be mixed with iterating. */
  read(): Promise<Uint8Array | undefined>
  /**
   * Writes; resolves when more may be written, which is not when it has arrived. The bytes must not be changed any more.
   * Throws CONVERSATION_RESET, CONVERSATION_LOST, and ABORTED after `end`.
   */
  write(bytes: Uint8Array): Promise<void>
  /** Nothing more is written. Resolves when the other side has all of it; throws as `write`. */
  end(): Promise<void>
  /** Gives it up at once; the other side is told why. What is on its way is lost. */
  reset(text?: string): void
  /** Resolves, with the error if there was one, when it is over. */
  readonly closed: Promise<RunnelError | undefined>
}

/** What a conversation asks of the session behind it. */
export interface ConversationControls {
  readonly ways: Ways
  readonly neighbour: Uint8Array | undefined
  write(bytes: Uint8Array): boolean
  readonly isFull: boolean
  end(): void
  readonly isAcknowledged: boolean
  handleTaken(bytes: number): void
  release(bytes: Uint8Array): void
  reset(code: ResetCode, text: string | undefined): void
}

export class SessionConversation implements Conversation {
  readonly peer: Peer
  readonly service: string
  readonly closed: Promise<RunnelError | undefined>
  readonly #controls: ConversationControls
  #received: Uint8Array[] = []
  /** Small pieces behind those, and how much of the memory they take. */
  #small: Uint8Array = new Uint8Array(0)
  #smallBytes = 0
  #receivedEnd = false
  #error: RunnelError | undefined
  #isOver = false
  #readers: (() => void)[] = []
  #writers: (() => void)[] = []
  #handleClosed: (error: RunnelError | undefined) => void = () => {}

  constructor(peer: Peer, service: string, controls: ConversationControls) {
    this.peer = peer
    this.service = service
    this.#controls = controls
    this.closed = new Promise((resolve) => {
      this.#handleClosed = resolve
    })
  }

  get neighbour(): Uint8Array | undefined {
    return this.#controls.neighbour
  }

  get ways(): Ways {
    return this.#controls.ways
  }

  release(bytes: Uint8Array): void {
    this.#controls.release(bytes)
  }

  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const bytes = this.#take()
      if (bytes !== undefined) return bytes
      if (this.#error !== undefined) throw this.#error
      if (this.#receivedEnd) return undefined
      // Given up here: nobody may take that for the other side's end.
      if (this.#isOver) throw new RunnelError('ABORTED', 'the conversation was given up')
      await new Promise<void>((resolve) => this.#readers.push(resolve))
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const bytes = await this.read()
      if (bytes === undefined) return
      yield bytes
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#waitWhile(() => this.#controls.isFull)
    if (!this.#controls.write(bytes)) throw new RunnelError('ABORTED', 'the conversation was ended before')
    // Whoever writes without waiting is held back by the next one.
    await this.#waitWhile(() => this.#controls.isFull)
  }

  async end(): Promise<void> {
    this.#controls.end()
    await this.#waitWhile(() => !this.#isOver && !this.#controls.isAcknowledged)
  }

  reset(text?: string): void {
    this.#controls.reset('closed', text)
  }

  handleData(bytes: Uint8Array): void {
    if (bytes.length >= smallBytes) this.#received.push(...this.#flushed(), bytes)
    else this.#join(bytes)
    this.#wake()
  }

  handleEnd(): void {
    this.#receivedEnd = true
    this.#wake()
  }

  /** Something that a writer waits for may have come true. */
  handleProgress(): void {
    for (const resume of this.#writers.splice(0)) resume()
  }

  handleOver(error: RunnelError | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#error = error
    this.#wake()
    this.#handleClosed(error)
  }

  async #waitWhile(condition: () => boolean): Promise<void> {
    if (this.#error !== undefined) throw this.#error
    while (condition()) {
      await new Promise<void>((resolve) => this.#writers.push(resolve))
      if (this.#error !== undefined) throw this.#error
    }
  }

  #take(): Uint8Array | undefined {
    const bytes = this.#received.shift() ?? this.#takeSmall()
    if (bytes !== undefined) this.#controls.handleTaken(bytes.length)
    return bytes
  }

  /** What is small is put behind what is: a piece of its own would take more memory than its bytes. */
  #join(bytes: Uint8Array): void {
    if (this.#smallBytes + bytes.length > this.#small.length) {
      this.#received.push(...this.#flushed())
      this.#small = uninitialized(this.#received.length === 0 ? smallBytes : 4 * smallBytes)
    }
    this.#small.set(bytes, this.#smallBytes)
    this.#smallBytes += bytes.length
  }

  #flushed(): Uint8Array[] {
    const joined = this.#takeSmall()
    return joined === undefined ? [] : [joined]
  }

  #takeSmall(): Uint8Array | undefined {
    if (this.#smallBytes === 0) return undefined
    const joined = this.#small.subarray(0, this.#smallBytes)
    this.#small = this.#small.subarray(this.#smallBytes)
    this.#smallBytes = 0
    return joined
  }

  #wake(): void {
    for (const resume of this.#readers.splice(0)) resume()
    this.handleProgress()
  }
}

/** The error of a conversation that was lost. */
export function errorOfLoss(reason: LostReason, code: ResetCode | undefined, text: string | undefined): RunnelError {
  if (reason === 'reset') {
    const why = text === undefined || text === '' ? '' : `: ${text}`
    return new RunnelError('CONVERSATION_RESET', `the other side has given the conversation up${why}`, {
      details: { code: code ?? 'closed' },
    })
  }
  if (reason === 'bad') {
    return new RunnelError('CONVERSATION_RESET', `the other side did not keep to the protocol: ${text ?? 'unknown'}`)
  }
  return new RunnelError('CONVERSATION_LOST')
}
