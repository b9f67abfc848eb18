// One hyperdrive in a process of its own: it puts a folder and serves it, or it reads what others serve, over plain TCP with
// its own replication stream, in a corestore of its own.

import { once } from 'node:events'
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer, type Socket } from 'node:net'
import { dirname, join as joinPath } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { serve } from '../frame/actor.js'
import { type Corestore, type CorestoreClass, type Drive, type DriveClass, join } from './hypercore-types.js'

const require = createRequire(new URL('../../../bench/package.json', import.meta.url))
const Store = require('corestore') as CorestoreClass
const Hyperdrive = require('hyperdrive') as DriveClass

/** As many files as Runnel reads at once. */
const filesAtOnce = 16

/** A larger one is put piece by piece. */
const wholeBytes = 1024 * 1024

let store: Corestore | undefined
let drive: Drive | undefined
const sockets = new Set<Socket>()
const server = createServer((socket) => replicate(false, socket))

function opened(): { store: Corestore; drive: Drive } {
  if (store === undefined || drive === undefined) throw new Error('no drive is open')
  return { store, drive }
}

function replicate(isInitiator: boolean, socket: Socket): void {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
  join(opened().store.replicate(isInitiator), socket)
}

async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

serve(
  {
    open: async ({ directory, key }: { directory: string; key?: Uint8Array }) => {
      store = new Store(directory)
      drive = key === undefined ? new Hyperdrive(store) : new Hyperdrive(store, key)
      await drive.ready()
      return drive.key
    },

    put: async ({ folder, paths }: { folder: string; paths: readonly string[] }) => {
      for (const path of paths) {
        const content = readFileSync(joinPath(folder, path))
        const { drive } = opened()
        if (content.length <= wholeBytes) await drive.put(`/${path}`, content)
        else await pipeline(pieces(content), drive.createWriteStream(`/${path}`))
      }
    },

    listen: async ({ host, port }: { host: string; port: number }) => {
      server.listen(port, host)
      await once(server, 'listening')
    },

    /** Resolves when it is connected and knows how much there is. */
    dial: async ({ host, port }: { host: string; port: number }) => {
      const socket = connect({ host, port })
      await once(socket, 'connect')
      replicate(true, socket)
      const { drive } = opened()
      while (drive.version <= 1) await drive.update({ wait: true })
    },

    fetch: async ({ output, paths }: { output: string; paths: readonly string[] }) => {
      await each(paths, filesAtOnce, async (path) => {
        const target = joinPath(output, path)
        mkdirSync(dirname(target), { recursive: true })
        await pipeline(opened().drive.createReadStream(`/${path}`), createWriteStream(target))
      })
    },

    /** Into memory, one after the other; gives the milliseconds of each. */
    readPaths: async ({ paths }: { paths: readonly string[] }) => {
      const times: number[] = []
      for (const path of paths) {
        const started = performance.now()
        const content = await opened().drive.get(`/${path}`)
        if (content === null) throw new Error(`${path} is not there`)
        times.push(performance.now() - started)
      }
      return times
    },
  },
  async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await drive?.close()
    await store?.close()
  },
)

function pieces(content: Uint8Array): Readable {
  const blockBytes = 64 * 1024
  const count = Math.ceil(content.length / blockBytes)
  const all = Array.from({ length: count }, (_, index) =>
    content.subarray(index * blockBytes, (index + 1) * blockBytes),
  )
  return Readable.from(all)
}
