// The servers that `up` runs on the network interface, as long as there is one: names at an address of its own, and what is
// published at port 80 of every stream's address. They end with the interface, and begin again with the next.

import type { IncomingMessage } from 'node:http'
import type { NodeClient } from '../../api/index.js'
import type { LogEvent, RunnelNode } from '../../node/index.js'
import type { DnsServer } from '../../shims/dns/index.js'
import type { HttpGateway } from '../../shims/http/index.js'
import type { ShimSettings } from './shim-settings.js'

const webPort = 80
/** Of the addresses of devices (protocol §2). */
const devicePrefix = '2001:20:'

export class TunShims {
  readonly #node: RunnelNode
  readonly #client: NodeClient
  readonly #settings: ShimSettings
  readonly #log: (event: LogEvent) => void
  #running: (HttpGateway | DnsServer)[] = []
  #detach: (() => void)[] = []
  #turn: Promise<void> = Promise.resolve()
  /** What was begun and is not done. */
  #pending = 0
  readonly #unwatch: () => void

  constructor(node: RunnelNode, client: NodeClient, settings: ShimSettings, log: (event: LogEvent) => void) {
    this.#node = node
    this.#client = client
    this.#settings = settings
    this.#log = log
    this.#unwatch = node.tunnel.watch((open) => this.#after(open ? () => this.#open() : () => this.#end()))
  }

  /** Resolves when what was begun until now is done. */
  settled(): Promise<void> {
    return this.#turn
  }

  /** Whether nothing is being opened or closed: what is to listen does, or has said why not. */
  get isSettled(): boolean {
    return this.#pending === 0
  }

  listening(name: 'http' | 'dns'): string[] {
    return this.#running.filter((server) => server.name === name).flatMap(({ listening }) => [...listening])
  }

  async close(): Promise<void> {
    this.#unwatch()
    this.#after(() => this.#end())
    await this.#turn
  }

  /** One after the other: the interface may go while its servers are being opened. */
  #after(act: () => Promise<void>): void {
    this.#pending += 1
    this.#turn = this.#turn
      .then(act)
      .catch((error: unknown) => {
        this.#log({ level: 'warn', event: 'a server on the interface failed', reason: String(error) })
      })
      .finally(() => {
        this.#pending -= 1
      })
  }

  async #open(): Promise<void> {
    await this.#end()
    const { interface: name, names } = this.#node.tunnel.status
    if (name === undefined || names === undefined) return
    const { suffix, http, 'http-wide': wide } = this.#settings
    const client = this.#client
    const { openDnsServer } = await import('../../shims/dns/index.js')
    this.#run(await openDnsServer({ client, listen: [], suffix, link: { name, address: names } }))
    if (http.length === 0) return
    const { openHttpGateway } = await import('../../shims/http/index.js')
    const handleDefect = (error: unknown): void => {
      this.#log({ level: 'error', event: 'a request over HTTP failed', reason: String(error) })
    }
    const inherited = { open: () => this.#node.tunnel.listen(webPort), place: `[*%${name}]:${webPort}` }
    const own = this.#node.identity.address
    const deviceOf = ({ socket: { localAddress } }: IncomingMessage) => {
      return localAddress?.startsWith(devicePrefix) && localAddress !== own ? localAddress : undefined
    }
    this.#run(
      await openHttpGateway({ client, listen: [], inherited, suffixes: [suffix], wide, deviceOf, handleDefect }),
    )
  }

  #run(server: HttpGateway | DnsServer): void {
    this.#running.push(server)
    this.#detach.push(this.#node.attach(server))
    for (const problem of server.problems) this.#log({ level: 'warn', event: `${server.name} is not served`, problem })
  }

  async #end(): Promise<void> {
    for (const detach of this.#detach.splice(0)) detach()
    await Promise.all(this.#running.splice(0).map((server) => server.close()))
  }
}
