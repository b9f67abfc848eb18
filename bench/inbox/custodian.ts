// How many envelopes a second one custodian takes with their tickets' signatures checked, each flushed before its receipt
// leaves; how fast it refuses those whose puzzle was not solved; and how soon the owner has what waits.

import { cpuMs } from '../frame/process-facts.js'
import { settleDisk } from '../frame/quiet.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { runnelContenders } from '../runnel/village.js'
import { Post } from './post.js'

export const custodianScenario: Scenario = {
  name: 'custodian',
  title: 'envelopes of 1 KiB at one custodian, over one conversation',
  costS: 6,
  sizes: ['envelopes', 'collected'],
  rows: [
    { title: 'accepted: checked and flushed', measure: 'accepted', unit: 'envelopes/s', better: 'higher', goal: 1_000 },
    { title: 'processors of the custodian, an envelope', measure: 'acceptedCpu', unit: 'ms', better: 'lower' },
    { title: 'refused for a puzzle that is not solved', measure: 'refused', unit: 'envelopes/s', better: 'higher' },
    { title: 'processors of the custodian, a refusal', measure: 'refusedCpu', unit: 'ms', better: 'lower' },
    {
      title: 'collected by the owner, read and acknowledged',
      measure: 'collected',
      unit: 'letters/s',
      better: 'higher',
    },
    { title: 'processors of the owner, a letter', measure: 'collectedCpu', unit: 'ms', better: 'lower' },
  ],
  open: async (surroundings) =>
    runnelContenders(surroundings, 'custodian', (village) =>
      Post.open(surroundings, village, (post) => custodianOf(post, surroundings)),
    ),
}

interface Delivered {
  readonly receipts: number
  readonly refused: number
  readonly tookMs: number
}

async function custodianOf(post: Post, surroundings: Surroundings): Promise<Outcome> {
  const { envelopes, collected } = surroundings.sizes
  const first = await post.start('owner', true)
  const { name } = first
  const tickets = await first.actor.call<Uint8Array[]>('tickets', { count: envelopes + collected })
  const sender = (await post.start('sender', false)).actor
  const { custodian, router } = post
  const deliver = async (count: number, given?: readonly Uint8Array[]): Promise<Delivered & { cpu: number }> => {
    await sender.call('prepare', { to: name, count, ...(given === undefined ? {} : { tickets: given }) })
    await settleDisk(surroundings)
    const before = cpuMs(router.child.pid)
    const delivered = await sender.call<Delivered>('deliver', { custodian })
    return { ...delivered, cpu: (cpuMs(router.child.pid) - before) / count }
  }
  // The owner is off, as it is for a message that waits.
  await post.stop(first.actor)
  const many = await deliver(envelopes, tickets.slice(0, envelopes))
  const refused = await deliver(envelopes)
  const owner = await post.start('owner', true)
  const before = cpuMs(owner.actor.pid)
  const began = performance.now()
  await owner.actor.call('follow')
  const { count } = await owner.actor.call<{ count: number }>('seen', { count: collected })
  const tookMs = performance.now() - began
  const collectedCpu = (cpuMs(owner.actor.pid) - before) / count
  return {
    values: {
      accepted: (1_000 * envelopes) / many.tookMs,
      acceptedCpu: many.cpu,
      refused: (1_000 * envelopes) / refused.tookMs,
      refusedCpu: refused.cpu,
      collected: (1_000 * count) / tookMs,
      collectedCpu,
    },
    counters: { receipts: many.receipts, refusals: refused.refused, collected: Math.min(count, collected) },
    costs: {},
  }
}
