// An HTTP gateway over a real node in this process, and requests to it as they stand on the wire.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { dirname, join } from 'node:path'
import type { NodeClient } from '../../api/index.js'
import type { RunnelNode } from '../../node/index.js'
import { type HttpGateway, openHttpGateway } from '../../shims/http/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import { openTestCrypto } from '../provider.js'
import { inAlone } from './alone.js'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

export class GatewayLab {
  readonly directory: string
  readonly node: RunnelNode
  readonly client: NodeClient
  readonly gateway: HttpGateway

  constructor(parts: { directory: string; node: RunnelNode; client: NodeClient; gateway: HttpGateway }) {
    this.directory = parts.directory
    this.node = parts.node
    this.client = parts.client
    this.gateway = parts.gateway
  }

  get name(): string {
    return this.node.identity.name
  }

  get port(): number {
    return Number(this.gateway.listening[0]?.split(':').at(-1))
  }

  /** The host of a stream of this node. */
  host(label?: string): string {
    return `${label === undefined ? '' : `${label}.`}${this.name}.key.localhost:${this.port}`
  }

  /** Publishes files by their paths; a value with `→` before it is the target of a symlink. */
  async publish(files: Readonly<Record<string, string | Uint8Array>>, label = 'main'): Promise<void> {
    const root = join(this.directory, `site-${label}-${Math.round(performance.now() * 1000)}`)
    for (const [path, content] of Object.entries(files)) {
      const place = join(root, path)
      mkdirSync(dirname(place), { recursive: true })
      if (typeof content === 'string' && content.startsWith('→')) symlinkSync(content.slice(1), place)
      else writeFileSync(place, content)
    }
    await this.client.publish(root, { label })
  }

  /** Asks with any headers; `path` goes out as it is. */
  ask(
    path: string,
    options: { host?: string; method?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { host = this.host(), method = 'GET', headers = {} } = options
    return new Promise((resolve, reject) => {
      const asking = request(
        { host: '127.0.0.1', port: this.port, path, method, headers: { host, ...headers }, agent: false },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const body = Buffer.concat(chunks)
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString() })
          })
        },
      )
      asking.on('error', reject)
      asking.end()
    })
  }

  /** Writes these bytes to a connection, and resolves with all that comes until it ends. */
  raw(text: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connectSocket(this.port, '127.0.0.1', () => socket.write(text))
      let said = ''
      socket.on('data', (chunk) => {
        said += chunk
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(said))
    })
  }
}

/** Runs `use` with a gateway over a new node that is alone. */
export async function inGateway(
  use: (lab: GatewayLab) => Promise<void>,
  given: { wide?: (name: string) => readonly string[] } = {},
): Promise<void> {
  await inAlone(async ({ directory, node, client }) => {
    const gateway = await openHttpGateway({
      client,
      listen: ['127.0.0.1:0'],
      suffixes: ['key.localhost', 'key'],
      wide: given.wide?.(node.identity.name) ?? [],
    })
    node.attach(gateway)
    try {
      await use(new GatewayLab({ directory, node, client, gateway }))
    } finally {
      await gateway.close()
    }
  })
}

/** A right name of which nobody has ever heard. */
export async function strangersName(): Promise<string> {
  return encodeText(await openTestCrypto(), TextKind.name, new Uint8Array(32).fill(9))
}
