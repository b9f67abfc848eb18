// The fingerprint of a run: a hash of all frames with their times, ends and bytes. Run by itself it prints that of its
// argument, so that two processes can be compared.
//
//     node dist/test/simulator/fingerprint.js SEED NODES

import { runBigWorld } from './big.js'
import { drawPlan } from './plan.js'
import { Simulation } from './simulation.js'

/** Of a run with faults and attackers, and of a big world. Each is a run of its own. */
export async function fingerprintsOf(
  seed: string,
  nodes: number,
): Promise<{ plan: string; big: string; frames: number }> {
  const simulation = await Simulation.open(drawPlan({ seed, nodes, untilS: 10 }))
  simulation.world.trace.takeFingerprint()
  await simulation.run()
  const big = await runBigWorld({ seed, nodes, untilS: 10 })
  const { trace } = simulation.world
  return { plan: trace.fingerprint, big: big.fingerprint, frames: trace.frames + big.frames }
}

const [, script, seed, nodes] = process.argv
if (script === import.meta.filename && seed !== undefined) {
  console.log(JSON.stringify(await fingerprintsOf(seed, Number(nodes ?? 16))))
}
