// nginx as a peer: an origin that serves a folder, and a caching proxy before it, each with a configuration, a cache and
// a log of its own, on loopback, without touching what the system has configured.

import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../frame/children.js'
import type { Surroundings } from '../frame/surroundings.js'

const startTimeoutMs = 10_000

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
    return this.#start('origin', (port) => `server { listen 127.0.0.1:${port}; root ${folder}; etag on; }`)
  }

  /** Keeps what it fetches from the origin; gives its port. A new one begins with an empty cache. */
  cache(originPort: number): Promise<number> {
    return this.#start(
      'cache',
      (port) => `
  proxy_cache_path ${this.path('cache')}/kept levels=1:2 keys_zone=kept:64m max_size=40g inactive=1d use_temp_path=off;
  upstream origin { server 127.0.0.1:${originPort}; keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache kept;
      proxy_cache_valid 200 1d;
      proxy_cache_lock on;
      add_header X-Cache $upstream_cache_status;
    }
  }`,
    )
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

  async #start(name: string, servers: (port: number) => string): Promise<number> {
    const directory = this.path(name)
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(join(directory, 'kept'), { recursive: true })
    // Its workers run as another user where root starts it.
    for (const path of [this.#directory, directory, join(directory, 'kept')]) chmodSync(path, 0o755)
    const port = await freePort()
    const user = process.getuid?.() === 0 ? 'user root;' : ''
    writeFileSync(join(directory, 'nginx.conf'), configuration(directory, user, servers(port)))
    const args = ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error.log')]
    const child = this.#surroundings.children.start(`nginx ${name}`, 'nginx', args)
    this.#children.set(name, child)
    const endMs = performance.now() + startTimeoutMs
    while (!(await answers(port))) {
      if (!child.alive || performance.now() > endMs) throw new Error(`nginx ${name} does not start:\n${child.output}`)
      await sleep(10)
    }
    return port
  }
}

function configuration(directory: string, user: string, servers: string): string {
  return `${user}
daemon off;
worker_processes 2;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 512; }
http {
  access_log off;
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 600;
  keepalive_requests 1000000;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  ${servers}
}
`
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

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
