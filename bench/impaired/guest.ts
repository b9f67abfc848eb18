// The Linux inside of the box: User-mode Linux with the host's files, read-only, as its root, and a script of a page as all
// that runs in it. It takes packets off one tap, through netem, to the other one, until its standard input ends.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { farSide, nearSide } from './cut.js'
import { netem } from './disciplines.js'
import { run } from './inside.js'
import type { LinkProfile } from './profiles.js'

/** What the script says when packets pass. */
export const readyWord = 'THE-LINK-IS-READY'

const modulesFolder = '/usr/lib/uml/modules'
const modules = ['sch_netem', 'sch_ingress', 'cls_matchall', 'act_mirred']
const installing = '`apt-get install user-mode-linux kmod` installs them on Debian'

/** Why there can be no guest here, or undefined when there can. */
export function whyNoGuest(): string | undefined {
  for (const command of ['linux.uml', 'insmod', 'tc', 'ip', 'unshare']) {
    try {
      run('sh', '-c', 'command -v "$0"', command)
    } catch {
      return `${command} is not installed; ${installing}`
    }
  }
  if (moduleFolder() === undefined) return `User-mode Linux has no module sch_netem in ${modulesFolder}; ${installing}`
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun'
  return undefined
}

function moduleFolder(): string | undefined {
  if (!existsSync(modulesFolder)) return undefined
  const folders = readdirSync(modulesFolder).map((version) => join(modulesFolder, version, 'kernel', 'net', 'sched'))
  return folders.find((folder) => modules.every((name) => existsSync(join(folder, `${name}.ko`))))
}

/** What comes from far leaves towards near as the profile's down, and the other way round. */
export function guestScript({ down, up }: LinkProfile): string {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  return [
    '#!/bin/sh',
    `export PATH=${path}`,
    'set -e',
    'mount -t proc proc /proc',
    'mount -t sysfs sys /sys',
    ...modules.map((name) => `insmod ${moduleFolder()}/${name}.ko`),
    ...['vec0', 'vec1'].flatMap((device) => [
      `ip link set ${device} up`,
      `tc qdisc add dev ${device} clsact`,
      `tc filter add dev ${device} ingress matchall action mirred egress redirect dev ${device === 'vec0' ? 'vec1' : 'vec0'}`,
    ]),
    `tc qdisc add dev vec0 root ${netem(down).join(' ')}`,
    `tc qdisc add dev vec1 root ${netem(up).join(' ')}`,
    `echo ${readyWord}`,
    'set +e',
    'cat > /dev/null',
    'echo o > /proc/sysrq-trigger',
    'sleep 10',
    '',
  ].join('\n')
}

/** 64 MiB hold the kernel and the longest queue of the ladder. */
const memory = '64M'

/** The command line of the guest: to be run in the box's namespace, with a pipe as its standard input. */
export function guestCommand(script: string, directory: string): string[] {
  return [
    'linux.uml',
    `mem=${memory}`,
    ...['rootfstype=hostfs', 'rootflags=/', 'ro', `init=${script}`, 'quiet'],
    ...['con=null', 'con0=fd:0,fd:1', `uml_dir=${directory}/`],
    `vec0:transport=tap,ifname=${nearSide.tap},depth=64`,
    `vec1:transport=tap,ifname=${farSide.tap},depth=64`,
  ]
}

/**
 * Runs it in a process namespace of its own, because what a guest of User-mode Linux runs are processes of the host that
 * would go on without it. A signal kills all of them.
 */
export const guarded = [
  'sh',
  '-c',
  'exec 3<&0; unshare --pid --fork --kill-child "$@" <&3 & guest=$!; trap "kill -KILL $guest" TERM INT HUP; wait $guest',
  'sh',
]
