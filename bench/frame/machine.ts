// What a figure is worth nothing without: the machine, its kernel, the versions, the commit.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { goPeers, hasGoProgram } from '../peers/go.js'
import { root } from './root.js'

export { root }

export interface Machine {
  readonly processor: string
  readonly processors: number
  readonly memoryBytes: number
  readonly kernel: string
  readonly system: string
  readonly node: string
  /** TCP congestion control (tcp(7)); it changes ranks. */
  readonly congestionControl: string
}

export function machineFacts(): Machine {
  const all = cpus()
  return {
    processor: all[0]?.model ?? 'unknown',
    processors: all.length,
    memoryBytes: totalmem(),
    kernel: release(),
    system: /^PRETTY_NAME="(.*)"$/m.exec(read('/etc/os-release'))?.[1] ?? process.platform,
    node: process.versions.node,
    congestionControl: read('/proc/sys/net/ipv4/tcp_congestion_control').trim(),
  }
}

/** The commit of the tree, with a plus where files that can matter differ from it; empty outside of a repository. */
export function commit(): string {
  const id = output('git', ['-C', root, 'rev-parse', '--short=12', 'HEAD'])
  // Tables are written into pages by the runs themselves.
  const files = ['.', ':(exclude)*.md']
  const changed = output('git', ['-C', root, 'status', '--porcelain', '--untracked-files=no', '--', ...files])
  return changed === '' ? id : `${id}+`
}

/** Peers that are there with their version, and those that are not with the reason and what to do. */
export interface PeerFacts {
  readonly versions: Readonly<Record<string, string>>
  readonly absent: Readonly<Record<string, string>>
}

/** Those that may be absent. */
export const peerNames = ['hypercore', 'hyperdrive', 'nginx', ...goPeers.map(({ name }) => name)]

export function peerFacts(): PeerFacts {
  const versions: Record<string, string> = {}
  const absent: Record<string, string> = {}
  const packages = {
    hypercore: 'hypercore',
    'hypercore-storage': 'hypercore',
    hyperdrive: 'hyperdrive',
    corestore: 'hyperdrive',
  }
  for (const [name, peer] of Object.entries(packages)) {
    try {
      const manifest = readFileSync(join(root, 'bench', 'node_modules', name, 'package.json'), 'utf8')
      versions[name] = (JSON.parse(manifest) as { version: string }).version
    } catch {
      absent[peer] = 'is not installed; `npm ci --prefix bench` installs it from the npm registry'
    }
  }
  const curl = /^curl (\S+)/.exec(output('curl', ['--version']))?.[1]
  const nginx = /nginx\/(\S+)/.exec(output('nginx', ['-v']))?.[1]
  if (curl !== undefined) versions.curl = curl
  if (nginx !== undefined) versions.nginx = nginx
  if (nginx === undefined || curl === undefined) {
    absent.nginx = 'nginx or curl is not installed; `apt-get install nginx-light curl` installs them'
  }
  for (const { name, suite, programs, version } of goPeers) {
    if (programs.every(hasGoProgram)) versions[name] = version()
    else absent[name] = `is not built; \`npm run bench -- ${suite}\` builds it where Go is, from the Go module proxy`
  }
  return { versions, absent }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function output(command: string, args: readonly string[]): string {
  try {
    // nginx tells its version on standard error.
    return execFileSync('sh', ['-c', 'exec "$0" "$@" 2>&1', command, ...args], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}
