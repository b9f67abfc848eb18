// `runnel peers`: the neighbours, and why one is not connected.

import type { Peer } from '../../api/index.js'
import type { Invocation } from '../command.js'
import { withNode } from '../open.js'
import { bytesText, clean, columns, counted, secondsText } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output } = invocation
  const peers = await withNode(invocation, (node) => node.peers())
  if (output.json) {
    for (const peer of peers) output.record(peer)
    return
  }
  if (peers.length === 0)
    output.note('no neighbours: give one with `runnel up --upstream KEY@ADDR:PORT`, or accept some with --listen')
  for (const line of columns(peers.map((peer) => rowOf(peer, Date.now())))) output.line(line)
}

function rowOf(peer: Peer, nowMs: number): string[] {
  const side = peer.upstream ? 'upstream' : peer.direction
  const error = peer.lastError
  const facts = [
    ...(peer.rttMs === undefined ? [] : [`${Number(peer.rttMs.toPrecision(2))} ms`]),
    ...(peer.udp === undefined ? [] : [`udp ${clean(peer.udp)}`]),
    `in ${bytesText(peer.bytesIn)}`,
    `out ${bytesText(peer.bytesOut)}`,
    ...(peer.routes === 0 ? [] : [counted(peer.routes, 'route')]),
    ...(peer.blame === 0 ? [] : [`blamed ${peer.blame} times`]),
    ...(error === undefined || peer.state === 'up' ? [] : [`${clean(error.text)} (${ago(error.atMs, nowMs)} ago)`]),
    ...(peer.nextTryMs === undefined ? [] : [`next try in ${secondsText(Math.max(0, peer.nextTryMs - nowMs) / 1000)}`]),
  ]
  return [clean(peer.device), side, peer.state, ago(peer.sinceMs, nowMs), clean(peer.address), facts.join(', ')]
}

function ago(atMs: number, nowMs: number): string {
  return secondsText(Math.max(0, nowMs - atMs) / 1000)
}
