// The interfaces that lead out of this machine: those of its default routes, and what the kernel says of their size. Read from
// /proc, which shows the network namespace of whoever reads it.

import { readFileSync } from 'node:fs'

export interface Uplink {
  readonly name: string
  readonly mtuBytes: number
}

/** `root`: what `/` is. */
export function uplinksOf(root: string): Uplink[] {
  const names = new Set([...defaultsOfFour(root), ...defaultsOfSix(root)])
  return [...names].flatMap((name) => {
    // The first is there where IPv6 is, and is of this namespace wherever it was mounted.
    const text = read(`${root}proc/sys/net/ipv6/conf/${name}/mtu`) || read(`${root}sys/class/net/${name}/mtu`)
    const mtuBytes = Number(text)
    return text.trim() === '' || !Number.isInteger(mtuBytes) ? [] : [{ name, mtuBytes }]
  })
}

/** `Iface Destination Gateway Flags RefCnt Use Metric Mask …`, in hex, below a line of titles. */
function defaultsOfFour(root: string): string[] {
  return rows(`${root}proc/net/route`).flatMap(([name, destination, , , , , , mask]) =>
    name !== undefined && destination === '00000000' && mask === '00000000' ? [name] : [],
  )
}

const reject = 0x0200

/** `destination bits source bits next-hop metric references use flags interface`, in hex. */
function defaultsOfSix(root: string): string[] {
  return rows(`${root}proc/net/ipv6_route`).flatMap((row) => {
    const [destination, bits, , , , , , , flags] = row
    const name = row[9]
    const isDefault =
      destination === '0'.repeat(32) && bits === '00' && (Number.parseInt(flags ?? '', 16) & reject) === 0
    return isDefault && name !== undefined && name !== 'lo' ? [name] : []
  })
}

function rows(path: string): string[][] {
  return read(path)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
