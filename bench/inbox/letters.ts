// From writing a letter to its receipt, and to its owner who is up: of a contact with tickets, and of a stranger, who solves
// a puzzle first.

import { settleDisk } from '../frame/quiet.js'
import type { Outcome, Scenario } from '../frame/scenario.js'
import type { Surroundings } from '../frame/surroundings.js'
import { runnelContenders } from '../runnel/village.js'
import { Post } from './post.js'

const lower = { unit: 'ms', better: 'lower' } as const

export const lettersScenario: Scenario = {
  name: 'letters',
  title: 'a letter of 200 B through one router, which keeps the inbox',
  costS: 4,
  sizes: ['letters'],
  rows: [
    { title: 'a contact: signed for, p50', measure: 'contactSent', ...lower },
    { title: 'a contact: read by the owner, p50', measure: 'contactSeen', ...lower },
    { title: 'a stranger: signed for, p50', measure: 'strangerSent', ...lower },
    { title: 'a stranger: read by the owner, p50', measure: 'strangerSeen', ...lower },
  ],
  open: async (surroundings) =>
    runnelContenders(surroundings, 'letters', (village) =>
      Post.open(surroundings, village, (post) => lettersOf(post, surroundings)),
    ),
}

async function lettersOf(post: Post, surroundings: Surroundings): Promise<Outcome> {
  const { letters } = surroundings.sizes
  const [owner, contact, stranger] = [
    await post.start('owner', true),
    await post.start('contact', true),
    await post.start('stranger', false),
  ]
  await owner.actor.call('allow', { name: contact.name })
  await contact.actor.call('allowed')
  const written = async (by: typeof contact): Promise<{ sent: number; seen: number; count: number }> => {
    await owner.actor.call('follow')
    await settleDisk(surroundings)
    const sent = await by.actor.call<number>('send', { to: owner.name, count: letters })
    const { p50, count } = await owner.actor.call<{ p50: number; count: number }>('seen', { count: letters })
    return { sent, seen: p50, count }
  }
  const byContact = await written(contact)
  const byStranger = await written(stranger)
  return {
    values: {
      contactSent: byContact.sent,
      contactSeen: byContact.seen,
      strangerSent: byStranger.sent,
      strangerSeen: byStranger.seen,
    },
    counters: { contactSeen: byContact.count, strangerSeen: byStranger.count },
    costs: {},
  }
}
