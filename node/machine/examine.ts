// What `doctor` says of the machine itself, whether a node runs or not, and with no network: each check ok, a warning or a
// failure, with one thing to do.

import { existsSync, readFileSync } from 'node:fs'
import type { Check } from '../../api/protocol/index.js'
import { openFailure } from '../tunnel/index.js'
import { type Abilities, findMachineAddon, type MachineAddon } from './addon.js'
import { examineDisk } from './disk.js'
import { carriedInBytes, earliestClockMs, leastPacketBytes } from './limits.js'
import { type Uplink, uplinksOf } from './uplinks.js'

/** What is looked at, and by what; everything is the machine's own unless told. */
export interface MachineLook {
  readonly home: string
  readonly addon?: MachineAddon | undefined
  readonly nowMs?: number
  /** Where the kernel says what it says. */
  readonly root?: string
}

/** Never throws; what cannot be looked at is told. */
export async function examineMachine(look: MachineLook): Promise<Check[]> {
  const { home, addon = findMachineAddon(), nowMs = Date.now(), root = '/' } = look
  const abilities = abilitiesOf(addon)
  return [
    interfaceCheck(abilities),
    ...(abilities === undefined || abilities instanceof Error ? [] : [udpCheck(abilities)]),
    mtuCheck(uplinksOf(root)),
    namesCheck(root),
    clockCheck(nowMs, (abilities instanceof Error ? undefined : abilities?.clock) ?? undefined),
    {
      check: 'nat',
      level: 'ok',
      text: 'start a node that carries packets, with an upstream, to see where others see this machine',
    },
    await examineDisk(home),
  ]
}

const superPackets = [
  'no super-packets, so it is slower than it could be',
  'TCP in super-packets',
  'TCP and UDP in super-packets',
]

/** Undefined without an addon; an error is why it could not look. */
function abilitiesOf(addon: MachineAddon | undefined): Abilities | Error | undefined {
  try {
    return addon?.examineMachine()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function interfaceCheck(abilities: Abilities | Error | undefined): Check {
  const check = 'tun'
  if (abilities instanceof Error) {
    const text = `the native addon could not look at this machine: ${abilities.message}`
    return { check, level: 'warn', text, fix: 'Build it anew with `npm run build`.' }
  }
  if (abilities === undefined) {
    const text = 'no network interface without the native addon'
    return { check, level: 'warn', text, fix: 'Build it with `npm run build` where there is a cargo, on Linux.' }
  }
  if (abilities.refused != null) {
    const { message, hint } = openFailure(new Error(abilities.refused))
    return { check, level: 'warn', text: message, fix: hint }
  }
  const text = `a network interface can be made: ${superPackets[abilities.offloads] ?? ''}`
  if (abilities.offloads === 2) return { check, level: 'ok', text }
  return { check, level: 'warn', text, fix: 'Linux 6.2 or later hands over UDP in super-packets too.' }
}

function udpCheck({ cuts, joins }: Abilities): Check {
  const check = 'udp'
  if (cuts && joins) return { check, level: 'ok', text: 'the kernel cuts and joins datagrams (GSO, GRO)' }
  const lacks = [...(cuts ? [] : ['cut (GSO)']), ...(joins ? [] : ['joined (GRO)'])].join(' nor ')
  return {
    check,
    level: 'warn',
    text: `datagrams are not ${lacks} by the kernel`,
    fix: 'Linux 5.0 or later does both.',
  }
}

function mtuCheck(uplinks: readonly Uplink[]): Check {
  const check = 'mtu'
  const [narrowest] = [...uplinks].sort((a, b) => a.mtuBytes - b.mtuBytes)
  if (narrowest === undefined) {
    const text = 'this machine has no default route: only its own networks can be reached'
    return { check, level: 'warn', text, fix: 'Connect an uplink; what is here already can be read without.' }
  }
  const { name, mtuBytes } = narrowest
  const whole = mtuBytes - carriedInBytes
  const text = `packets of up to ${mtuBytes} bytes leave by ${name}, and of ours up to ${whole}`
  if (whole >= leastPacketBytes) return { check, level: 'ok', text }
  const fix = `Give it at least ${leastPacketBytes + carriedInBytes}: \`ip link set ${name} mtu ${leastPacketBytes + carriedInBytes}\`.`
  return { check, level: 'warn', text, fix }
}

/** Where an interface of ours answers for names (protocol §2). */
const nameServer = '2001:21::53'

function namesCheck(root: string): Check {
  const check = 'dns'
  if (existsSync(`${root}run/systemd/resolve`)) {
    return { check, level: 'ok', text: 'systemd-resolved runs, and a node tells it of its interface' }
  }
  const asked = textOf(`${root}etc/resolv.conf`).includes(`nameserver ${nameServer}`)
  if (asked)
    return { check, level: 'ok', text: `programs here ask ${nameServer}, where an interface answers for names` }
  const text = 'programs of this machine do not ask a node for names below .key'
  const fix = `Add one line above the others in /etc/resolv.conf: nameserver ${nameServer}`
  return { check, level: 'warn', text, fix }
}

function clockCheck(nowMs: number, kept: boolean | undefined): Check {
  const check = 'clock'
  const fix = 'Let a service set it, for example with `timedatectl set-ntp true`.'
  const says = `the clock says ${new Date(nowMs).toISOString().slice(0, 19)}Z`
  if (nowMs < earliestClockMs) return { check, level: 'fail', text: `${says}, which is past`, fix }
  if (kept === false) return { check, level: 'warn', text: `${says}, and nothing keeps it right`, fix }
  return { check, level: 'ok', text: kept === undefined ? says : `${says}, and a time service keeps it right` }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
