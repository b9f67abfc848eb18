// wireguard-go as a tunnel. Through the middle it is two tunnels, and the middle's kernel routes from one to the other.

import { generateKeyPairSync } from 'node:crypto'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import type { Child } from '../frame/children.js'
import { goProgram } from '../peers/go.js'
import { cables, type Place } from './line.js'
import { type Tunnel, type TunnelOptions, tunnelOf } from './tunnel.js'
import { until } from './until.js'

const port = 7100
const addresses: Readonly<Record<Place, string>> = { a: 'fd77::a', middle: 'fd77::c', b: 'fd77::b' }

interface Peer {
  readonly place: Place
  /** IPv4 address; undefined for one that calls. */
  readonly at: string | undefined
  readonly reaches: readonly string[]
}

interface KeyPair {
  readonly secret: string
  readonly shown: string
}

export async function openWireguard({ line, way, mtuBytes }: TunnelOptions): Promise<Tunnel> {
  const processes = new Map<Place, Child>()
  const keys = new Map<Place, KeyPair>((['a', 'middle', 'b'] as const).map((place) => [place, keyPair()]))
  const all = `${addresses.a.slice(0, 4)}::/64`
  const peers: Readonly<Partial<Record<Place, readonly Peer[]>>> =
    way === 'direct'
      ? {
          a: [{ place: 'b', at: cables.direct.b, reaches: [all] }],
          b: [{ place: 'a', at: cables.direct.a, reaches: [all] }],
        }
      : {
          a: [{ place: 'middle', at: cables.near.middle, reaches: [all] }],
          b: [{ place: 'middle', at: cables.far.middle, reaches: [all] }],
          middle: [
            { place: 'a', at: cables.near.a, reaches: [`${addresses.a}/128`] },
            { place: 'b', at: cables.far.b, reaches: [`${addresses.b}/128`] },
          ],
        }

  const mtu = mtuBytes === undefined ? [] : ['mtu', String(mtuBytes)]
  const start = async (place: Place): Promise<void> => {
    const device = `wg${process.pid}${place.slice(0, 1)}`
    const child = line.start(place, `wireguard-go (${place})`, goProgram('wireguard-go'), ['-f', device], {
      LOG_LEVEL: 'error',
    })
    processes.set(place, child)
    const socket = join('/var/run/wireguard', `${device}.sock`)
    await until(() => configure(socket, settings(place)), child)
    line.run(place, 'ip', 'address', 'add', `${addresses[place]}/64`, 'dev', device, 'nodad')
    line.run(place, 'ip', 'link', 'set', device, ...mtu, 'up')
  }
  const settings = (place: Place): string => {
    const lines = [`private_key=${keys.get(place)?.secret}`, `listen_port=${port}`, 'replace_peers=true']
    for (const { place: other, at, reaches } of peers[place] ?? []) {
      lines.push(`public_key=${keys.get(other)?.shown}`, `endpoint=${at}:${port}`)
      lines.push(...reaches.map((prefix) => `allowed_ip=${prefix}`))
    }
    return `set=1\n${lines.join('\n')}\n\n`
  }
  if (way === 'middle') line.forwardInTheMiddle()
  for (const place of Object.keys(peers) as Place[]) await start(place)
  return tunnelOf(addresses.b, processes, start)
}

function keyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync('x25519')
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' })
  const hex = (text: string): string => Buffer.from(text, 'base64url').toString('hex')
  return { secret: hex(d), shown: hex(x) }
}

/** Whether it took them. */
function configure(socket: string, settings: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket)
    connection.on('error', () => resolve(false))
    connection.on('data', (bytes) => {
      connection.destroy()
      resolve(bytes.toString().startsWith('errno=0'))
    })
    connection.on('connect', () => connection.write(settings))
  })
}
