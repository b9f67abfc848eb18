// As much of hypercore as the bench uses; its package has no types.

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Core {
  readonly key: Uint8Array
  readonly length: number
  readonly byteLength: number
  ready(): Promise<void>
  append(blocks: Uint8Array | readonly Uint8Array[]): Promise<unknown>
  get(index: number): Promise<Uint8Array>
  update(options?: { wait: boolean }): Promise<boolean>
  download(range: { start: number; end: number }): { done(): Promise<void> }
  createReadStream(range: { start: number; end?: number; live?: boolean }): AsyncIterable<Uint8Array>
  replicate(isInitiator: boolean): Duplex
  close(): Promise<void>
}

export type CoreClass = new (storage: string, key?: Uint8Array) => Core

/** Joins a replication stream with a connection. */
export function join(stream: Duplex, socket: Socket): void {
  socket.setNoDelay(true)
  stream.on('error', () => socket.destroy())
  socket.on('error', () => stream.destroy())
  stream.pipe(socket).pipe(stream)
}
