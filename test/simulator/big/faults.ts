// The faults of the big world: a router is gone for a while, and a cable carries nothing for a while.

import type { Computer } from '../computer.js'
import type { World } from '../world.js'
import type { Tree } from './tree.js'

const SECOND_US = 1_000_000

/** Kills a node, or takes its power, and starts it again. False when it did not run. */
export async function crash(
  world: World,
  tree: Tree,
  index: number,
  downS: number,
  isPower: boolean,
): Promise<boolean> {
  const { time } = world
  const computer = world.computers[index] as Computer
  if (computer.node === undefined) return false
  tree.trouble(index, undefined, time.nowUs, time.nowUs + downS * SECOND_US)
  if (isPower) computer.losePower('reordered')
  else computer.kill()
  await time.sleep(downS * SECOND_US)
  await computer.start()
  return true
}

/** Cuts the cable from a node to the first router above it, upwards or in both directions. */
export function cut({ network, time }: World, tree: Tree, index: number, cutS: number, isOneWay: boolean): void {
  const above = tree.above[index]?.[0]
  if (above === undefined) return
  const [low, high] = [`n${index}`, `n${above}`]
  const clearAtUs = time.nowUs + cutS * SECOND_US
  tree.trouble(index, above, time.nowUs, clearAtUs)
  network.cable(low, high).clearAtUs = clearAtUs
  if (!isOneWay) network.cable(high, low).clearAtUs = clearAtUs
}
