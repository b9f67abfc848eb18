// One nginx, with a configuration, a cache and a log of its own, without touching what the system has configured: an origin
// that serves a folder, or a cache before another one.

import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Child, Children } from '../frame/children.js'

const startTimeoutMs = 10_000

/** What it serves, in nginx's words; `directory` is its own. */
export type Serves = (directory: string) => string

/** Serves `folder` on `HOST:PORT`. */
export function origin(listen: string, folder: string): Serves {
  return () => `server { listen ${listen}; root ${folder}; etag on; }`
}

/** Keeps what it fetches from the one that listens on `from`. */
export function cache(listen: string, from: string): Serves {
  return (directory) => `
  proxy_cache_path ${directory}/kept levels=1:2 keys_zone=kept:64m max_size=40g inactive=1d use_temp_path=off;
  upstream origin { server ${from}; keepalive 16; }
  server {
    listen ${listen};
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache kept;
      proxy_cache_valid 200 1d;
      proxy_cache_lock on;
      add_header X-Cache $upstream_cache_status;
    }
  }`
}

/** Starts one in `directory`, which is made anew unless it is to find what it had; resolves when it listens. */
export async function startNginx(
  children: Children,
  name: string,
  directory: string,
  serves: Serves,
  options: { readonly again?: boolean } = {},
): Promise<Child> {
  if (options.again !== true) rmSync(directory, { recursive: true, force: true })
  mkdirSync(join(directory, 'kept'), { recursive: true })
  // Its workers run as another user where root starts it.
  for (const path of [dirname(directory), directory, join(directory, 'kept')]) chmodSync(path, 0o755)
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  writeFileSync(join(directory, 'nginx.conf'), configuration(directory, user, serves(directory)))
  const args = ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error.log')]
  // Written when it has opened its sockets.
  const ready = join(directory, 'nginx.pid')
  rmSync(ready, { force: true })
  const child = children.start(`nginx ${name}`, 'nginx', args)
  const endMs = performance.now() + startTimeoutMs
  while (!existsSync(ready)) {
    if (!child.alive || performance.now() > endMs) throw new Error(`nginx ${name} does not start:\n${child.output}`)
    await sleep(5)
  }
  return child
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
