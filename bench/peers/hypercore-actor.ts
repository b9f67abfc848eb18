// One hypercore in a process of its own: it appends and serves, or it reads what another one serves. Over plain TCP with
// hypercore's own replication stream, in its own storage.

import { once } from 'node:events'
import { openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '../frame/actor.js'
import { openRandom } from '../frame/material.js'
import { collectGarbage } from '../frame/quiet.js'
import { sinceStamp, stamped } from '../live/stamp.js'
import { type Core, type CoreClass, join } from './hypercore-types.js'

const require = createRequire(new URL('../../../bench/package.json', import.meta.url))
const Hypercore = require('hypercore') as CoreClass

/** Blocks that are appended together. */
const blocksAtOnce = 64

let core: Core | undefined
const sockets = new Set<Socket>()
const server = createServer((socket) => replicate(false, socket))

const delays: number[] = []
let handleDelay: () => void = () => {}

async function delayed(count: number): Promise<void> {
  while (delays.length < count) {
    await new Promise<void>((resolve) => {
      handleDelay = resolve
    })
  }
}

function open(): Core {
  if (core === undefined) throw new Error('no core is open')
  return core
}

function replicate(isInitiator: boolean, socket: Socket): void {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
  join(open().replicate(isInitiator), socket)
}

async function dial(port: number, host = '127.0.0.1'): Promise<void> {
  const socket = connect({ host, port })
  await once(socket, 'connect')
  replicate(true, socket)
}

/** Waits until the other side has told how long the core is. */
async function lengthOf(wanted: number): Promise<void> {
  while (open().length < wanted) await open().update({ wait: true })
}

serve(
  {
    open: async ({ directory, key }: { directory: string; key?: Uint8Array }) => {
      core = key === undefined ? new Hypercore(directory) : new Hypercore(directory, key)
      await core.ready()
      return core.key
    },

    listen: async ({ host = '127.0.0.1' }: { host?: string } = {}) => {
      server.listen(0, host)
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    },

    /** A file in blocks; gives the milliseconds. */
    appendFile: async ({ path, blockBytes }: { path: string; blockBytes: number }) => {
      const file = openSync(path, 'r')
      const started = performance.now()
      for (;;) {
        const slab = new Uint8Array(blockBytes * blocksAtOnce)
        const bytes = readSync(file, slab)
        if (bytes === 0) break
        const blocks: Uint8Array[] = []
        for (let at = 0; at < bytes; at += blockBytes) blocks.push(slab.subarray(at, Math.min(bytes, at + blockBytes)))
        await open().append(blocks)
      }
      return performance.now() - started
    },

    /** `count` blocks in batches, made before the clock starts. */
    appendBlocks: async ({ count, bytes, batch }: { count: number; bytes: number; batch: number }) => {
      const random = openRandom('entries')
      const blocks = Array.from({ length: count }, () => random(bytes))
      collectGarbage()
      const started = performance.now()
      for (let at = 0; at < count; at += batch) await open().append(blocks.slice(at, at + batch))
      return performance.now() - started
    },

    /** One block after the other; gives the milliseconds of each append. */
    appendPaced: async ({ count, bytes, gapMs }: { count: number; bytes: number; gapMs: number }) => {
      const appended: number[] = []
      for (let index = 0; index < count; index += 1) {
        const block = stamped(bytes)
        await open().append(block)
        appended.push(sinceStamp(block))
        await sleep(gapMs)
      }
      return { appended }
    },

    /** Replicates live, and takes each block as it comes. Resolves when it is connected and has the first one. */
    follow: async ({ host, port }: { host?: string; port: number }) => {
      await dial(port, host)
      const read = async (): Promise<void> => {
        for await (const block of open().createReadStream({ start: 0, live: true })) {
          delays.push(sinceStamp(block))
          handleDelay()
        }
      }
      read().catch(() => {})
      await delayed(1)
    },

    /** Resolves with the milliseconds from each append to its block here, when so many have come. */
    followed: async ({ count }: { count: number }) => {
      await delayed(count)
      return delays
    },

    /** Everything into the own storage, not looked at. */
    download: async ({ port, length }: { port: number; length: number }) => {
      const started = performance.now()
      await dial(port)
      await lengthOf(length)
      await open().download({ start: 0, end: length }).done()
      return { milliseconds: performance.now() - started, bytes: open().byteLength }
    },

    /** Every block in order, while it is downloaded ahead. */
    readBlocks: async ({ port, length }: { port: number; length: number }) => {
      const started = performance.now()
      await dial(port)
      await lengthOf(length)
      const ahead = open().download({ start: 0, end: length })
      let [count, bytes] = [0, 0]
      for await (const block of open().createReadStream({ start: 0, end: length })) {
        count += 1
        bytes += block.length
      }
      await ahead.done()
      return { milliseconds: performance.now() - started, count, bytes }
    },
  },
  async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await core?.close()
  },
)
