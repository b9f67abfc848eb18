// A channel carries frames both ways between one client and one node: over a Unix socket, or inside one process for an
// embedded node. It ends once, for both sides, whoever ends it or whatever broke.

import type { Duplex } from 'node:stream'
import { encodeFrame, FrameSplitter } from './frames.js'

export type Frame = Record<string, unknown>

export interface Channel {
  /** Hands over one frame. After the end it does nothing. */
  send(frame: Frame): void
  end(): void
  /** Bytes handed over that the other side has not taken yet; the sender of many frames waits while it is large. */
  readonly queuedBytes: number
  /** Who listens to frames and to the end; `refused` when the other side sent what is no frame. Set once, at once. */
  listen(listener: ChannelListener): void
}

export interface ChannelListener {
  handleFrame(frame: Frame): void
  handleDrain(): void
  handleEnd(refused: boolean): void
}

/** A channel over a connected socket. */
export function socketChannel(socket: Duplex): Channel {
  const splitter = new FrameSplitter()
  let listener: ChannelListener | undefined
  let ended = false
  const finish = (refused: boolean): void => {
    if (ended) return
    ended = true
    listener?.handleEnd(refused)
    socket.end()
  }
  socket.on('data', (bytes: Uint8Array) => {
    if (ended) return
    const { frames, refused } = splitter.push(bytes)
    for (const frame of frames) listener?.handleFrame(frame)
    if (refused) finish(true)
  })
  socket.on('drain', () => listener?.handleDrain())
  socket.on('error', () => finish(false))
  socket.on('end', () => finish(false))
  socket.on('close', () => finish(false))
  return {
    send: (frame) => {
      if (!ended && socket.writable) socket.write(encodeFrame(frame))
    },
    end: () => finish(false),
    get queuedBytes() {
      return socket.writableLength
    },
    listen: (given) => {
      listener = given
    },
  }
}

/** Two ends of a channel inside one process; frames arrive in order, in a later microtask, and are not copied. */
export function channelPair(): [Channel, Channel] {
  const listeners: (ChannelListener | undefined)[] = [undefined, undefined]
  let ended = false
  const end = (): void => {
    if (ended) return
    ended = true
    queueMicrotask(() => {
      for (const listener of listeners) listener?.handleEnd(false)
    })
  }
  const side = (mine: 0 | 1): Channel => ({
    send: (frame) => {
      queueMicrotask(() => {
        if (!ended) listeners[1 - mine]?.handleFrame(frame)
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
