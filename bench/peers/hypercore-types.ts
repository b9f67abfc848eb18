// As much of hypercore, corestore and hyperdrive as the bench uses; their packages have no types.

import type { Socket } from 'node:net'
import type { Duplex, Readable, Writable } from 'node:stream'

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

export interface Corestore {
  replicate(isInitiator: boolean): Duplex
  close(): Promise<void>
}

export type CorestoreClass = new (storage: string) => Corestore

export interface Drive {
  readonly key: Uint8Array
  /** Entries and one. */
  readonly version: number
  ready(): Promise<void>
  put(path: string, content: Uint8Array): Promise<void>
  get(path: string): Promise<Uint8Array | null>
  createReadStream(path: string): Readable
  createWriteStream(path: string): Writable
  update(options?: { wait: boolean }): Promise<boolean>
  close(): Promise<void>
}

export type DriveClass = new (store: Corestore, key?: Uint8Array) => Drive

/** Joins a replication stream with a connection. */
export function join(stream: Duplex, socket: Socket): void {
  socket.setNoDelay(true)
  stream.on('error', () => socket.destroy())
  socket.on('error', () => stream.destroy())
  stream.pipe(socket).pipe(stream)
}
