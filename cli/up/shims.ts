// The servers that `up` runs beside the node, for programs that know nothing of it. Each is a client of the node like any
// other. One that cannot listen is shown in the node's status, and keeps nothing else from running.

import { connectInside } from '../../api/index.js'
import type { LogEvent, RunnelNode } from '../../node/index.js'
import { openHttpGateway } from '../../shims/http/index.js'
import type { Settings } from '../config/settings.js'

/** Hosts below these are streams: the first is what a browser resolves by itself (RFC 6761 §6.3). */
const suffixes = ['key.localhost', 'key']

export interface Shims {
  /** `HOST:PORT` of each address where HTTP is served. */
  readonly http: readonly string[]
  close(): Promise<void>
}

/** Starts what the settings ask for. Never throws: what is wrong with an address is checked before the node starts. */
export async function openShims(
  node: RunnelNode,
  settings: Pick<Settings, 'http' | 'http-wide'>,
  log: (event: LogEvent) => void,
): Promise<Shims> {
  const listen = settings.http
  if (listen.length === 0) return { http: [], close: async () => {} }
  const client = connectInside(node)
  const http = await openHttpGateway({
    client,
    listen,
    suffixes,
    wide: settings['http-wide'],
    handleDefect: (error) => log({ level: 'error', event: 'a request over HTTP failed', reason: String(error) }),
  })
  node.attach(http)
  for (const problem of http.problems) log({ level: 'warn', event: 'HTTP is not served', problem })
  return {
    http: http.listening,
    close: async () => {
      await http.close()
      await client.close()
    },
  }
}
