// A channel carries frames both ways between one client and one node: over a Unix socket, or inside one process for an
// embedded node. It ends once, for both sides, whoever ends it or whatever broke.

import type { Duplex } from 'node:stream'
import { decodeFrame, encodeFrame, type Frame, FrameSplitter } from './frames.js'
import { lingerMs } from './limits.js'

export interface Channel {
  /**
   * Hands over one frame; after the end it does nothing. Throws RangeError for a frame over a limit and TypeError for one
   * that is no plain data; nothing was sent then.
   */
  send(frame: Frame): void
  end(): void
  /** Bytes handed over that the other side has not taken yet; the sender of many frames waits while it is large. */
  readonly queuedBytes: number
  /** Who listens. Set once, at once. */
  listen(listener: ChannelListener): void
}

export interface ChannelListener {
  handleFrame(frame: Frame): void
  /** The other side sent what is no frame. Nothing more is read; the listener may answer before it ends the channel. */
  handleNonsense(): void
  handleDrain(): void
  /** Once, whoever ended it. */
  handleEnd(): void
}

/** A channel over a connected socket. */
export function socketChannel(socket: Duplex): Channel {
  const splitter = new FrameSplitter()
  let listener: ChannelListener | undefined
  let ended = false
  const finish = (): void => {
    if (ended) return
    ended = true
    listener?.handleEnd()
    socket.end()
    // What the other side still sends is read and dropped, so that it can read our last words; but not for ever.
    const linger = setTimeout(() => socket.destroy(), lingerMs)
    linger.unref()
    socket.once('close', () => clearTimeout(linger))
    socket.resume()
  }
  socket.on('data', (bytes: Uint8Array) => {
    if (ended || splitter.refused !== undefined) return
    splitter.push(bytes, (frame) => {
      listener?.handleFrame(frame)
      return !ended
    })
    if (splitter.refused === undefined || ended) return
    listener?.handleNonsense()
    finish()
  })
  socket.on('drain', () => listener?.handleDrain())
  for (const event of ['error', 'end', 'close']) socket.on(event, finish)
  return {
    send: (frame) => {
      const bytes = encodeFrame(frame)
      if (!ended && socket.writable) socket.write(bytes)
    },
    end: finish,
    get queuedBytes() {
      return socket.writableLength
    },
    listen: (given) => {
      listener = given
    },
  }
}

/**
 * Two ends of a channel inside one process. Frames arrive in order, in a later microtask, as copies that were encoded and
 * decoded: neither side can change what the other one has, and what works embedded works over a socket.
 */
export function channelPair(): [Channel, Channel] {
  const listeners: (ChannelListener | undefined)[] = [undefined, undefined]
  let ended = false
  const end = (): void => {
    if (ended) return
    ended = true
    queueMicrotask(() => {
      for (const listener of listeners) listener?.handleEnd()
    })
  }
  const side = (mine: 0 | 1): Channel => ({
    send: (frame) => {
      const bytes = encodeFrame(frame)
      queueMicrotask(() => {
        if (ended) return
        // The other side alone has these bytes.
        const copy = decodeFrame(bytes.subarray(frameHeadBytes), 'views')
        if (typeof copy === 'string') throw new TypeError(`a frame of our own is refused: ${copy}`)
        listeners[1 - mine]?.handleFrame(copy)
      })
    },
    end,
    queuedBytes: 0,
    listen: (given) => {
      listeners[mine] = given
    },
  })
  return [side(0), side(1)]
}

/** The length before each frame. */
const frameHeadBytes = 4
