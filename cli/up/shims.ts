// The servers that `up` runs beside the node, for programs that know nothing of it. Each is a client of the node like any
// other. One that cannot listen is shown in the node's status, and keeps nothing else from running.

import { connectInside } from '../../api/index.js'
import type { LogEvent, RunnelNode } from '../../node/index.js'
import type { DnsServer } from '../../shims/dns/index.js'
import type { HttpGateway } from '../../shims/http/index.js'
import type { ShimSettings } from './shim-settings.js'
import { TunShims } from './tun-shims.js'

export interface Shims {
  /** Where a browser of this machine finds what is published under the node's name; undefined where no HTTP is served. */
  readonly site: string | undefined
  /** `HOST:PORT` of each address where HTTP and DNS are served. */
  readonly http: readonly string[]
  readonly dns: readonly string[]
  /** Whether what is to listen does, or has said why not: not while the interface's servers begin anew. */
  isSettled(): boolean
  close(): Promise<void>
}

/** Starts what the settings ask for. Throws BAD_ARGUMENT for an address that may not be; then nothing of it runs. */
export async function openShims(
  node: RunnelNode,
  settings: ShimSettings,
  log: (event: LogEvent) => void,
): Promise<Shims> {
  const client = connectInside(node)
  const { suffix } = settings
  const running: (HttpGateway | DnsServer)[] = []
  let onTun: TunShims | undefined
  const close = async (): Promise<void> => {
    await onTun?.close()
    await Promise.all(running.map((server) => server.close()))
    await client.close()
  }
  try {
    if (settings.http.length > 0) {
      const { openHttpGateway } = await import('../../shims/http/index.js')
      const handleDefect = (error: unknown): void => {
        log({ level: 'error', event: 'a request over HTTP failed', reason: String(error) })
      }
      // The first suffix is what a browser resolves by itself (RFC 6761 §6.3).
      const suffixes = [`${suffix}.localhost`, suffix]
      const wide = settings['http-wide']
      running.push(await openHttpGateway({ client, listen: settings.http, suffixes, wide, handleDefect }))
    }
    if (settings.dns.length > 0) {
      const { openDnsServer } = await import('../../shims/dns/index.js')
      running.push(await openDnsServer({ client, listen: settings.dns, suffix }))
    }
    for (const server of running) {
      node.attach(server)
      for (const problem of server.problems) log({ level: 'warn', event: `${server.name} is not served`, problem })
    }
    onTun = new TunShims(node, client, settings, log)
    await onTun.settled()
    const listeningOf = (name: 'http' | 'dns') => running.find((server) => server.name === name)?.listening ?? []
    const [place] = listeningOf('http')
    const port = place?.slice(place.lastIndexOf(':'))
    const site = port === undefined ? undefined : `http://${node.identity.name}.${suffix}.localhost${port}/`
    const [http, dns] = (['http', 'dns'] as const).map((name) => [
      ...listeningOf(name),
      ...(onTun?.listening(name) ?? []),
    ])
    const tunShims = onTun
    return { site, http: http ?? [], dns: dns ?? [], isSettled: () => tunShims.isSettled, close }
  } catch (error) {
    await close()
    throw error
  }
}
