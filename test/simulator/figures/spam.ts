// An inbox under a flood of letters of a stranger whose puzzles cost nothing, at both custodians, while a contact writes.

import { equal } from '../../../stack/bytes/index.js'
import { MAX_BOX_ENTRIES, STRANGERS_A_DAY, STRANGERS_SHARE } from '../../../stack/inbox/index.js'
import { encodeText, inboxOf, TextKind } from '../../../stack/name/index.js'
import { givingPuzzlesAway, spam } from '../attackers/spam.js'
import { openSimulatedCrypto } from '../crypto.js'
import type { Measure } from './figure.js'
import { Place } from './place.js'

/** What each custodian gives one inbox, of what it gives for all: strangers may take a quarter, some 700 letters. */
const quotaBytes = 4_194_304
const inboxBytes = 16 * quotaBytes

/** Envelopes in CI; `--scale 50` makes it 100,000. */
const spamCount = 2_000

const custodians = ['root', 'keeper'] as const
const letters = 20

export const measureSpam: Measure = async ({ scale }) => {
  const crypto = givingPuzzlesAway(openSimulatedCrypto())
  const place = await Place.open(
    'spam',
    [
      { name: 'root', inboxBytes },
      { name: 'keeper', upstreams: ['root'], inboxBytes },
      { name: 'owner', upstreams: ['root'], inboxAt: ['keeper'] },
      { name: 'friend', upstreams: ['root'], inboxAt: [] },
      { name: 'spammer', upstreams: ['root'] },
    ],
    crypto,
  )
  const { world } = place
  const nodeOf = (name: string) => {
    const { node } = place.at(name)
    if (node === undefined) throw new Error(`${name} does not run`)
    return node
  }
  const [owner, friend] = [nodeOf('owner'), nodeOf('friend')]
  const { name, device } = owner.parts.opened.identity
  const nameText = (of: Uint8Array): string => encodeText(crypto, TextKind.name, of)
  const nowMs = (): number => place.at('spammer').wallMs(world.time.nowUs)
  await world.run(10_000)
  const listing = owner.content.findName(name)?.state
  const to = listing === undefined ? [] : inboxOf(listing, nowMs()).open
  if (to[0]?.custodians.length !== custodians.length) throw new Error('the inbox is not listed')

  // What the owner takes is counted where it is given.
  const fetched = { strangers: 0, contacts: 0 }
  const most = { bytes: 0, strangerBytes: 0, diskBytes: 0 }
  for (const custodian of custodians) {
    const { machine } = nodeOf(custodian).mail.service
    const witnessesOf = machine.witnessesOf.bind(machine)
    machine.witnessesOf = (by, id) => {
      const [listed] = machine.boxes.flatMap((box) =>
        box.list(device, MAX_BOX_ENTRIES, MAX_BOX_ENTRIES).envelopes.filter((one) => equal(one.id, id)),
      )
      if (equal(by, device) && listed !== undefined)
        fetched[listed.serial === undefined ? 'strangers' : 'contacts'] += 1
      return witnessesOf(by, id)
    }
  }
  const sample = (): void => {
    for (const custodian of custodians) {
      const node = place.at(custodian).node
      if (node === undefined) return
      const box = node.mail.service.machine.boxes.find(({ inbox }) => equal(inbox, name))
      most.bytes = Math.max(most.bytes, box?.usedBytes ?? 0)
      most.strangerBytes = Math.max(most.strangerBytes, box?.strangerBytes ?? 0)
      most.diskBytes = Math.max(most.diskBytes, node.parts.store.stats().kept.diskBytes)
    }
    world.time.after(100_000, sample)
  }
  sample()

  const write = async (count: number): Promise<number> => {
    const began = world.time.nowUs
    for (let index = 0; index < count; index++) {
      const body = new TextEncoder().encode(`letter ${index}`)
      const { receipts } = await place.at('friend').call('sendToInbox', { to: nameText(name), body })
      kept += receipts.filter((receipt) => receipt.kept).length
    }
    return (world.time.nowUs - began) / 1_000 / count
  }
  let kept = 0
  await world.during(60_000, () =>
    place.at('owner').call('allowSender', { name: nameText(friend.parts.opened.identity.name) }),
  )
  await world.run(5_000)
  const aloneMs = await world.during(60_000, () => write(letters))
  const spammer = nodeOf('spammer')
  const count = spamCount * scale
  const answers = new Map<string, number>()
  const flooding = world.during(3_600_000 * scale, async () => {
    const floods = custodians.map((custodian) =>
      spam(spammer, {
        crypto,
        random: world.random.split(`spam ${custodian}`),
        inbox: name,
        to,
        custodian: nodeOf(custodian).parts.opened.identity.device,
        count: count / custodians.length,
        bits: (index) => 24 + Math.min(16, Math.floor((32 * index) / count)),
        nowMs,
      }),
    )
    const writing = (async () => {
      await new Promise<void>((resolve) => world.time.after(500_000, resolve))
      return write(letters)
    })()
    for (const flood of await Promise.all(floods)) {
      for (const [what, times] of flood) answers.set(what, (answers.get(what) ?? 0) + times)
    }
    return writing
  })
  const floodedMs = await flooding
  await world.run(10_000)
  const shown = { friend: new Set<string>(), friendTwice: 0, strangers: 0 }
  await world.during(60_000, () =>
    place.at('owner').call('inbox', {}, ({ sender, id }) => {
      if (sender !== nameText(friend.parts.opened.identity.name)) shown.strangers += 1
      else if (shown.friend.has(id)) shown.friendTwice += 1
      else shown.friend.add(id)
    }),
  )
  await place.close()
  const total = [...answers.values()].reduce((sum, times) => sum + times, 0)
  const said = [...answers].map(([what, times]) => `${what} ${times}`).join(', ')
  return [
    {
      goal: `${count} letters of strangers: the owner downloads at most ${STRANGERS_A_DAY} a day`,
      measured: `${fetched.strangers} downloaded, ${shown.strangers} shown, of ${total} (${said})`,
      holds: fetched.strangers <= STRANGERS_A_DAY && fetched.strangers > 0 && total === count,
    },
    {
      goal: 'what a custodian stores stays within the quota, and strangers within their quarter',
      measured: `${most.bytes} of ${quotaBytes}, strangers ${most.strangerBytes}; on its disk ${most.diskBytes}`,
      holds:
        most.bytes <= quotaBytes &&
        most.strangerBytes <= quotaBytes * STRANGERS_SHARE &&
        most.strangerBytes > quotaBytes / 8 &&
        most.diskBytes <= 4 * quotaBytes,
    },
    {
      goal: 'contacts are not affected',
      measured: `${shown.friend.size} of ${2 * letters} shown, ${shown.friendTwice} twice; ${kept} receipts; ${aloneMs.toFixed(0)} ms a letter alone, ${floodedMs.toFixed(0)} ms in the flood`,
      holds: shown.friend.size === 2 * letters && shown.friendTwice === 0 && kept === 2 * letters * custodians.length,
    },
  ]
}
