// What a neighbour says of its UDP socket: its cookie is sent there from ours, at most a few times, until it says where it
// came from.

import { countDrop } from '../counters.js'
import { takeOne } from '../pace.js'
import type { Neighbour, State } from '../state.js'
import { equalAddresses, type Udp, type UdpAddress } from '../wire/index.js'
import { COOKIE_PAUSES_US } from './limits.js'

/** Whether the UDP frame was taken. */
export function takeUdp(state: State, { port }: Neighbour, { cookie, port: number }: Udp): boolean {
  if (!takeOne(port.pace, state.clock.nowUs)) {
    countDrop(state.counters, 'udp-pace')
    return false
  }
  port.theirPort = number
  port.owed = number === 0 ? undefined : cookie.slice()
  port.sent = 0
  port.sendUs = Number.POSITIVE_INFINITY
  return true
}

/**
 * Sends a neighbour its cookie: to where its own datagrams come from, where that is known, because a NAT may let nothing else
 * through; else to the other end of the link, which is no stranger's.
 */
export function sendCookie(state: State, { port }: Neighbour): void {
  const { owed, linkAddress, theirPort } = port
  port.sendUs = Number.POSITIVE_INFINITY
  if (owed === undefined || linkAddress === undefined || port.sent > COOKIE_PAUSES_US.length) return
  const to = port.address ?? { address: linkAddress, port: theirPort }
  state.events.push({ kind: 'switch', command: { type: 'send-cookie', to, cookie: owed } })
  const pauseUs = COOKIE_PAUSES_US[port.sent]
  port.sent++
  if (pauseUs !== undefined) port.sendUs = state.clock.nowUs + pauseUs
}

/** Where neighbours see us, each address once. */
export function observedAddresses({ neighbours }: State): UdpAddress[] {
  const all: UdpAddress[] = []
  for (const { port } of neighbours.values()) {
    const { observed } = port
    if (observed !== undefined && !all.some((one) => equalAddresses(one, observed))) all.push(observed)
  }
  return all
}

/** A neighbour says where our cookie came from. */
export function takeObserved(state: State, neighbour: Neighbour, observed: UdpAddress): void {
  const { port } = neighbour
  if (port.owed === undefined) {
    countDrop(state.counters, 'unasked-observed')
    return
  }
  port.owed = undefined
  port.sendUs = Number.POSITIVE_INFINITY
  if (equalAddresses(port.observed, observed)) return
  port.observed = { address: observed.address.slice(), port: observed.port }
  state.events.push({ kind: 'observed', neighbour: neighbour.id, at: port.observed })
}
