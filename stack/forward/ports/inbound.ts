// The way in of frames about UDP sockets.

import { countDrop } from '../counters.js'
import type { Neighbour, State } from '../state.js'
import { decodeObserved, decodeUdp, FrameType } from '../wire/index.js'
import { SAY_AGAIN_US } from './limits.js'
import { sendCookie, takeObserved, takeUdp } from './owing.js'
import { loseAddress, sayPort, setTimer } from './saying.js'

/** Whether it was a frame about a socket. */
export function handlePortFrame(state: State, neighbour: Neighbour, type: number, body: Uint8Array): boolean {
  switch (type) {
    case FrameType.udp:
      handleUdp(state, neighbour, body)
      return true
    case FrameType.observed:
      handleObserved(state, neighbour, body)
      return true
    default:
      return false
  }
}

/** A neighbour has a socket, has it still, or has none any more. */
function handleUdp(state: State, neighbour: Neighbour, body: Uint8Array): void {
  const udp = decodeUdp(body)
  if (typeof udp === 'string') {
    countDrop(state.counters, udp)
    return
  }
  const { port } = neighbour
  const before = port.theirPort
  if (!takeUdp(state, neighbour, udp)) return
  // Another socket: what came from the one before says nothing of it.
  if (before !== 0 && before !== udp.port) loseAddress(state, neighbour)
  // It is sent when there is a socket to send it from.
  if (state.ports.own === undefined) return
  if (udp.port !== 0) {
    sendCookie(state, neighbour)
    if (port.address === undefined && port.cookie === undefined) sayPort(state, neighbour)
    else port.sayUs = Math.min(port.sayUs, port.saidUs + SAY_AGAIN_US)
  }
  setTimer(state, neighbour)
}

function handleObserved(state: State, neighbour: Neighbour, body: Uint8Array): void {
  const observed = decodeObserved(body)
  if (typeof observed === 'string') {
    countDrop(state.counters, observed)
    return
  }
  takeObserved(state, neighbour, observed)
  setTimer(state, neighbour)
}
