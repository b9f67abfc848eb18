// nginx as a peer on loopback: an origin that serves a folder, and a caching proxy before it.

import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Child } from '../frame/children.js'
import type { Surroundings } from '../frame/surroundings.js'
import { cache, origin, type Serves, startNginx } from './nginx-server.js'

export class NginxPeer {
  readonly #surroundings: Surroundings
  readonly #directory: string
  readonly #children = new Map<string, Child>()

  constructor(surroundings: Surroundings, name: string) {
    this.#surroundings = surroundings
    this.#directory = join(surroundings.directory, `${name}-nginx`)
  }

  path(name: string): string {
    return join(this.#directory, name)
  }

  /** Serves `folder`; gives its port. */
  origin(folder: string): Promise<number> {
    return this.#start('origin', (listen) => origin(listen, folder))
  }

  /** Keeps what it fetches from the origin; gives its port. A new one begins with an empty cache. */
  cache(originPort: number): Promise<number> {
    return this.#start('cache', (listen) => cache(listen, `127.0.0.1:${originPort}`))
  }

  /** Ends one of them and deletes what it had. */
  async stop(name: 'origin' | 'cache'): Promise<void> {
    await this.#children.get(name)?.stop()
    this.#children.delete(name)
    this.#surroundings.remove(this.path(name))
  }

  /** The process and its workers. */
  async close(): Promise<void> {
    await this.stop('cache')
    await this.stop('origin')
    this.#surroundings.remove(this.#directory)
  }

  async #start(name: string, serves: (listen: string) => Serves): Promise<number> {
    const port = await freePort()
    const { children } = this.#surroundings
    this.#children.set(name, await startNginx(children, name, this.path(name), serves(`127.0.0.1:${port}`)))
    return port
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address !== 'string' ? address.port : 0))
    })
  })
}
