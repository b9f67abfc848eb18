// Peers that are Go programs: built from the Go module proxy at the versions of `bench/peers/go`, by `npm run bench -- SUITE`
// of the suite that they belong to.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../frame/root.js'

const folder = join(root, 'bench', 'peers', 'go')

interface GoPeer {
  readonly name: string
  /** What builds it: the suite that it is a peer in. */
  readonly suite: string
  readonly programs: readonly string[]
  /** The version that its go.mod pins. */
  version(): string
}

function peer(name: string, suite: string, programs: readonly string[]): GoPeer {
  const version = (): string => {
    const text = readFileSync(join(folder, name, 'go.mod'), 'utf8')
    return /^require \S+ v(\S+)$/m.exec(text)?.[1] ?? 'unknown'
  }
  return { name, suite, programs, version }
}

export const goPeers: readonly GoPeer[] = [
  peer('wireguard-go', 'tun', ['wireguard-go']),
  peer('yggdrasil', 'tun', ['yggdrasil']),
  peer('nebula', 'tun', ['nebula', 'nebula-cert']),
  peer('ndnd', 'readers', ['ndnd', 'ndn-objects']),
  peer('kubo', 'readers', ['ipfs']),
]

/** The path of a program, built or not. */
export function goProgram(name: string): string {
  return join(folder, 'bin', name)
}

export function hasGoProgram(name: string): boolean {
  return existsSync(goProgram(name))
}
