// The servers that `up` runs beside the node, for programs that know nothing of it. Each is a client of the node like any
// other. One that cannot listen is shown in the node's status, and keeps nothing else from running.

import { connectInside } from '../../api/index.js'
import type { LogEvent, RunnelNode } from '../../node/index.js'
import { type DnsServer, openDnsServer } from '../../shims/dns/index.js'
import { type HttpGateway, openHttpGateway } from '../../shims/http/index.js'
import type { Settings } from '../config/settings.js'

export type ShimSettings = Pick<Settings, 'http' | 'http-wide' | 'dns' | 'suffix'>

export interface Shims {
  /** Where a browser of this machine finds what is published under the node's name; undefined where no HTTP is served. */
  readonly site: string | undefined
  /** `HOST:PORT` of each address where HTTP and DNS are served. */
  readonly http: readonly string[]
  readonly dns: readonly string[]
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
  const close = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.close()))
    await client.close()
  }
  try {
    const http = await openHttpGateway({
      client,
      listen: settings.http,
      // The first is what a browser resolves by itself (RFC 6761 §6.3).
      suffixes: [`${suffix}.localhost`, suffix],
      wide: settings['http-wide'],
      handleDefect: (error) => log({ level: 'error', event: 'a request over HTTP failed', reason: String(error) }),
    })
    running.push(http)
    const dns = await openDnsServer({ client, listen: settings.dns, suffix })
    running.push(dns)
    const asked = [...(settings.http.length > 0 ? [http] : []), ...(settings.dns.length > 0 ? [dns] : [])]
    for (const server of asked) {
      node.attach(server)
      for (const problem of server.problems) log({ level: 'warn', event: `${server.name} is not served`, problem })
    }
    const [place] = http.listening
    const port = place?.slice(place.lastIndexOf(':'))
    const site = port === undefined ? undefined : `http://${node.identity.name}.${suffix}.localhost${port}/`
    return { site, http: http.listening, dns: dns.listening, close }
  } catch (error) {
    await close()
    throw error
  }
}
