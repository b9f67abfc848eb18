// What we say of our own UDP socket, and whose cookies come to it: a neighbour's datagrams are sent to, and taken from, the
// source of its cookie and no other address, which is one of the host that its link leads to.

import { equal } from '../../bytes/index.js'
import { refreshLabels } from '../channels/labels.js'
import { countDrop } from '../counters.js'
import { queueControl } from '../sending.js'
import type { Neighbour, State } from '../state.js'
import { COOKIE_BYTES, encodeObserved, encodeUdp, equalAddresses, FrameType, type UdpAddress } from '../wire/index.js'
import { COOKIE_WAIT_US, MAX_COOKIES, MAX_MISSED_COOKIES, SAY_AGAIN_US, STRAY_PAUSE_US } from './limits.js'
import { sendCookie } from './owing.js'
import { freshBytes, numberOf, type UdpPorts } from './state.js'

const NEVER = Number.POSITIVE_INFINITY

/** There is a datapath now, with these ports, or none any more. What was known of neighbours is of no use to another. */
export function handlePorts(state: State, own: UdpPorts | undefined): void {
  const { ports, neighbours } = state
  if (ports.own !== undefined) for (const neighbour of neighbours.values()) forgetPort(state, neighbour)
  ports.own = own
  for (const neighbour of neighbours.values()) {
    if (ownPort(state, neighbour) !== undefined) sayPort(state, neighbour)
    else if (neighbour.port.hasSaid) {
      neighbour.port.hasSaid = false
      queueUdp(state, neighbour, 0, new Uint8Array(COOKIE_BYTES))
    }
    if (own !== undefined && neighbour.port.owed !== undefined) sendCookie(state, neighbour)
    refreshLabels(state, neighbour)
    setTimer(state, neighbour)
  }
}

/** Says our port and which cookie to send there, where there is a port of the link's family. */
export function sayPort(state: State, neighbour: Neighbour): void {
  const { ports, crypto, clock } = state
  const { port } = neighbour
  const number = ownPort(state, neighbour)
  if (number === undefined) return
  endCookie(state, neighbour)
  port.saidUs = clock.nowUs
  // Who has said nothing of a port has nothing to send from, and is told ours once.
  port.sayUs = port.theirPort === 0 ? NEVER : clock.nowUs + SAY_AGAIN_US
  if (ports.expected.size < MAX_COOKIES) {
    let cookie = freshBytes(crypto, ports).subarray(0, COOKIE_BYTES)
    while (ports.expected.has(numberOf(cookie))) cookie = freshBytes(crypto, ports).subarray(0, COOKIE_BYTES)
    if (queueUdp(state, neighbour, number, cookie)) {
      port.hasSaid = true
      port.cookie = cookie
      port.waitUntilUs = clock.nowUs + COOKIE_WAIT_US
      ports.expected.set(numberOf(cookie), neighbour)
      state.events.push({ kind: 'switch', command: { type: 'expect-cookie', cookie } })
    }
  }
  if (port.cookie === undefined) port.sayUs = clock.nowUs + SAY_AGAIN_US
  setTimer(state, neighbour)
}

/** A datagram with a cookie has come. */
export function handleCookie(state: State, cookie: Uint8Array, from: UdpAddress): void {
  const neighbour = cookie.length === COOKIE_BYTES ? state.ports.expected.get(numberOf(cookie)) : undefined
  if (neighbour?.port.cookie === undefined || !equal(neighbour.port.cookie, cookie)) {
    countDrop(state.counters, 'unknown-cookie')
    return
  }
  const { port } = neighbour
  // Whoever knows the cookie can write any source on a datagram; at the link's own somebody has answered.
  if (port.linkAddress === undefined || !equal(port.linkAddress, from.address)) {
    countDrop(state.counters, 'unknown-cookie')
    return
  }
  endCookie(state, neighbour)
  port.missed = 0
  const address = { address: from.address.slice(), port: from.port }
  queueControl(state, neighbour, { type: FrameType.observed, flags: 0, body: encodeObserved(address) })
  if (!equalAddresses(port.address, address)) {
    port.address = address
    refreshLabels(state, neighbour)
    // Ours reaches it there, if anywhere.
    if (port.owed !== undefined) sendCookie(state, neighbour)
  }
  setTimer(state, neighbour)
}

/**
 * What carries a label of ours has come from elsewhere than the neighbour that was told it: a NAT may have given that one another
 * port. It is asked where it is, and believed by its cookie alone.
 */
export function handleStray(state: State, label: number, from: UdpAddress): void {
  const { channels, clock } = state
  const expected = channels.labels.get(label)
  if (expected === undefined || !equal(expected.address, from.address)) return
  for (const neighbour of state.neighbours.values()) {
    const { port } = neighbour
    if (equalAddresses(port.address, expected) && clock.nowUs >= port.saidUs + STRAY_PAUSE_US) sayPort(state, neighbour)
  }
}

/** Something is due. */
export function handlePortTimer(state: State, neighbour: Neighbour): void {
  const { port } = neighbour
  const { nowUs } = state.clock
  if (nowUs >= port.waitUntilUs) {
    endCookie(state, neighbour)
    port.missed++
    if (port.missed >= MAX_MISSED_COOKIES) loseAddress(state, neighbour)
  }
  if (nowUs >= port.sendUs) sendCookie(state, neighbour)
  if (nowUs >= port.sayUs) sayPort(state, neighbour)
  setTimer(state, neighbour)
}

/** The link has ended. */
export function dropPort(state: State, neighbour: Neighbour): void {
  endCookie(state, neighbour)
  state.deadlines.remove(neighbour.port)
}

/** Nothing is sent to it or taken from it any more. */
export function loseAddress(state: State, neighbour: Neighbour): void {
  if (neighbour.port.address === undefined) return
  neighbour.port.address = undefined
  refreshLabels(state, neighbour)
}

/** When the timer is due next. */
export function setTimer(state: State, { port }: Neighbour): void {
  const atUs = Math.min(port.waitUntilUs, port.sayUs, port.sendUs)
  if (atUs === NEVER) state.deadlines.remove(port)
  else state.deadlines.set(port, atUs)
}

/** The port of ours that a link's neighbour can reach: of the family that its connection has. */
function ownPort({ ports }: State, { port }: Neighbour): number | undefined {
  if (port.linkAddress === undefined) return undefined
  return port.linkAddress.length === 4 ? ports.own?.four : ports.own?.six
}

function queueUdp(state: State, neighbour: Neighbour, port: number, cookie: Uint8Array): boolean {
  return queueControl(state, neighbour, { type: FrameType.udp, flags: 0, body: encodeUdp({ port, cookie }) })
}

function endCookie(state: State, { port }: Neighbour): void {
  const { cookie } = port
  if (cookie === undefined) return
  port.cookie = undefined
  port.waitUntilUs = NEVER
  state.ports.expected.delete(numberOf(cookie))
  state.events.push({ kind: 'switch', command: { type: 'forget-cookie', cookie } })
}

function forgetPort(state: State, neighbour: Neighbour): void {
  const { port } = neighbour
  endCookie(state, neighbour)
  port.address = undefined
  port.missed = 0
  port.owed = undefined
  port.sendUs = NEVER
  port.sayUs = NEVER
  port.observed = undefined
}
