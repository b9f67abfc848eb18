// What `tc qdisc … root` is told for one direction of a profile: netem for all of it, tbf for its rate alone.

import type { Direction, Loss } from './profiles.js'

/** Bytes of a full packet on an Ethernet. */
const packetBytes = 1514

/**
 * netem (tc-netem(8)): loss, then delay, then rate; with a rate packets keep their order. Its queue holds what is on the way
 * as well as what waits, so its limit is both, in packets.
 */
export function netem({ kilobitsPerSecond, delayMs, jitterMs, loss, bufferMs }: Direction): string[] {
  const heldMs = delayMs + 3 * jitterMs + bufferMs
  const limit = Math.ceil((kilobitsPerSecond * heldMs) / 8 / packetBytes)
  const jitter = jitterMs > 0 ? [`${jitterMs}ms`, 'distribution', 'normal'] : []
  const delay = delayMs > 0 ? ['delay', `${delayMs}ms`, ...jitter] : []
  return ['netem', 'limit', String(limit), ...delay, ...lossArguments(loss), 'rate', `${kilobitsPerSecond}kbit`]
}

/** Gilbert's model: all is lost in the bad state, which ends with 1/burst and begins so often that the share comes out. */
function lossArguments({ percent, burstPackets }: Loss): string[] {
  if (percent === 0) return []
  if (burstPackets === 1) return ['loss', 'random', `${percent}%`]
  const endPercent = 100 / burstPackets
  const beginPercent = (endPercent * percent) / (100 - percent)
  return ['loss', 'gemodel', `${beginPercent.toFixed(4)}%`, `${endPercent.toFixed(4)}%`, '100%', '0%']
}

/** tbf (tc-tbf(8)). A bucket of 10 ms, because a timer of 100 Hz may fill it, and never less than what is one packet to the kernel. */
export function tbf({ kilobitsPerSecond, bufferMs }: Direction): string[] {
  const burstBytes = Math.max(65_536, Math.ceil((kilobitsPerSecond * 10) / 8))
  return ['tbf', 'rate', `${kilobitsPerSecond}kbit`, 'burst', String(burstBytes), 'latency', `${Math.ceil(bufferMs)}ms`]
}
