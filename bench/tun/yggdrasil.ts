// Yggdrasil as a tunnel: a node at each place, linked by TCP. It routes by itself.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from '../frame/children.js'
import { goProgram } from '../peers/go.js'
import { cables, type Place } from './line.js'
import { type Tunnel, type TunnelOptions, tunnelOf } from './tunnel.js'

const port = 7200

export async function openYggdrasil({ line, way, directory, mtuBytes }: TunnelOptions): Promise<Tunnel> {
  const program = goProgram('yggdrasil')
  const processes = new Map<Place, Child>()
  const listening = (place: Place): Readonly<Record<string, unknown>> => ({
    Listen: place === (way === 'direct' ? 'b' : 'middle') ? [`tcp://0.0.0.0:${port}`] : [],
    Peers: peersOf(place).map((address) => `tcp://${address}:${port}`),
  })
  const peersOf = (place: Place): string[] => {
    if (way === 'direct') return place === 'a' ? [cables.direct.b] : []
    if (place === 'middle') return []
    return [place === 'a' ? cables.near.middle : cables.far.middle]
  }
  const places: readonly Place[] = way === 'direct' ? ['b', 'a'] : ['middle', 'b', 'a']
  const file = (place: Place): string => join(directory, `yggdrasil-${place}.json`)
  // The lowest key is the root of its tree. In all three lines that found nobody behind the middle (0.5.14) an end was
  // the root; in a larger network it hardly ever is.
  const made = places
    .map(() => JSON.parse(execFileSync(program, ['-genconf', '-json'], { encoding: 'utf8' })) as Made)
    .sort((a, b) => (publicKeyOf(a) < publicKeyOf(b) ? -1 : 1))
  for (const [index, place] of places.entries()) {
    const name = { IfName: place === 'middle' ? 'none' : 'ygg', ...(mtuBytes === undefined ? {} : { IfMTU: mtuBytes }) }
    const quiet = { MulticastInterfaces: [], AdminListen: 'none' }
    writeFileSync(file(place), JSON.stringify({ ...made[index], ...name, ...quiet, ...listening(place) }))
  }
  const start = (place: Place): void => {
    const args = ['-useconffile', file(place), '-loglevel', 'error']
    processes.set(place, line.start(place, `yggdrasil (${place})`, program, args))
  }
  for (const place of places) start(place)
  return tunnelOf(
    execFileSync(program, ['-useconffile', file('b'), '-address'], { encoding: 'utf8' }).trim(),
    processes,
    start,
  )
}

interface Made {
  /** In hex: a seed of 32 bytes, and its public key. */
  readonly PrivateKey: string
}

function publicKeyOf({ PrivateKey }: Made): string {
  return PrivateKey.slice(64)
}
