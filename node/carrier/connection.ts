// One TCP connection with its link machine: bytes in, frames out, and the reverse. It knows nothing of what frames mean.
// Data stays with the forwarding machine while the socket's queue is long, so that what is decided late is decided there.

import type { Rooms } from '../../stack/bytes/index.js'
import type { DownEvent, Frame, LinkMachine, UpEvent } from '../../stack/link/index.js'
import { Deadline } from '../deadline.js'
import type { ByteSocket, Time, Timer } from '../outside.js'
import { lingerMs, socketQueueBytes } from './limits.js'

export interface ConnectionListener {
  handleUp(event: UpEvent): void
  /** Its body is lent until `settle` has returned. */
  handleFrame(frame: Frame): void
  settle(): void
  /** The kernel took this many bytes of what was queued here. */
  handleDelivered(bytes: number): void
  handleDown(event: DownEvent): void
}

export class Connection {
  readonly #time: Time
  readonly #socket: ByteSocket
  readonly #link: LinkMachine
  readonly #listener: ConnectionListener
  readonly #deadline: Deadline
  readonly #rooms: Rooms
  #writtenBytes = 0
  #deliveredBytes = 0
  #ended = false
  /** Cuts a socket that has ended: a stranger's after the machine's delay, so that it learns nothing from when. */
  #closing: Timer | undefined

  /** `rooms`: where the link takes memory for its records. */
  constructor(time: Time, socket: ByteSocket, link: LinkMachine, rooms: Rooms, listener: ConnectionListener) {
    this.#time = time
    this.#rooms = rooms
    this.#deadline = new Deadline(time, () => this.#wake())
    this.#socket = socket
    this.#link = link
    this.#listener = listener
    socket.setNoDelay(true)
    socket.on('data', (bytes: Uint8Array) => {
      if (this.#ended) return
      link.handleBytes(time.now().nowUs, bytes)
      this.pump()
      listener.settle()
    })
    const handleEnd = (): void => {
      if (this.#ended) return
      link.handleEnd()
      this.pump()
    }
    socket.on('error', handleEnd)
    socket.on('end', handleEnd)
    socket.once('close', () => {
      handleEnd()
      this.#closing?.cancel()
    })
    this.pump()
  }

  get link(): LinkMachine {
    return this.#link
  }

  /** Drains the machine: frames and events to the listener, bytes to the socket, and sets the timer. */
  pump(): void {
    for (let frame = this.#link.pollFrame(); frame !== undefined; frame = this.#link.pollFrame()) {
      this.#handleEvents()
      if (!this.#ended) this.#listener.handleFrame(frame)
    }
    this.flush()
    this.#handleEvents()
    if (this.#ended) return
    this.#deadline.set(this.#time.now().nowUs, this.#link.pollTimeout()?.atUs)
  }

  /** Writes what is sealed. Cheap when there is nothing. */
  flush(): void {
    if (this.#socket.writableLength > socketQueueBytes) return
    let bytes = this.#link.pollTransmit()
    if (bytes === undefined) return
    const batch: Uint8Array[] = []
    this.#socket.cork()
    while (bytes !== undefined) {
      batch.push(bytes)
      this.#writtenBytes += bytes.length
      const next = this.#link.pollTransmit()
      if (next === undefined) this.#socket.write(bytes, (error) => this.#handleWritten(batch, error))
      else this.#socket.write(bytes)
      bytes = next
    }
    this.#socket.uncork()
  }

  close(): void {
    if (this.#ended) return
    this.flush()
    this.#link.close()
    this.pump()
  }

  #handleWritten(batch: readonly Uint8Array[], error: Error | null | undefined): void {
    if (!error) for (const record of batch) this.#rooms.giveBack(record)
    this.#reportDelivered()
    this.flush()
  }

  #wake(): void {
    this.#link.handleTimeout(this.#time.now().nowUs)
    this.pump()
  }

  #handleEvents(): void {
    for (let event = this.#link.pollEvent(); event !== undefined; event = this.#link.pollEvent()) {
      if (event.kind === 'up') this.#listener.handleUp(event)
      else this.#end(event)
    }
  }

  #end(event: DownEvent): void {
    if (this.#ended) return
    this.#ended = true
    this.#deadline.clear()
    this.#listener.handleDown(event)
    if (this.#socket.destroyed) return
    // A neighbour that reads nothing must not keep the socket for ever.
    const delayMs = event.delayUs > 0 ? event.delayUs / 1000 : lingerMs
    if (event.delayUs === 0) this.#socket.destroySoon()
    this.#closing = this.#time.after(delayMs, () => this.#socket.destroy())
  }

  #reportDelivered(): void {
    const delivered = this.#writtenBytes - this.#socket.writableLength
    const bytes = delivered - this.#deliveredBytes
    if (bytes <= 0 || this.#ended) return
    this.#deliveredBytes = delivered
    this.#listener.handleDelivered(bytes)
  }
}
