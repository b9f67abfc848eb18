// A program with a node of Runnel inside it that writes letters, or whose letters they are.

import { Caller } from '../../api/caller.js'
import { NodeClient } from '../../api/index.js'
import { channelPair } from '../../api/protocol/index.js'
import type { ComposedNode } from '../../node/composed.js'
import { openNodeIn } from '../../node/node.js'
import { openMessages } from '../../node/sessions/index.js'
import { openSystem } from '../../node/system.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  type Admission,
  dayOf,
  decodeInboxMessage,
  decodeTicket,
  encodeInboxMessage,
  encodeTicket,
  type LetterBody,
  MAX_MESSAGE_BYTES,
  SERIAL_BYTES,
  sealEnvelope,
  signTicket,
  verifyInboxReceipt,
} from '../../stack/inbox/index.js'
import { decodeText, inboxOf, type NameState } from '../../stack/name/index.js'
import { serve } from '../frame/actor.js'
import { percentile } from '../frame/statistics.js'
import { sinceStamp, stamped } from '../live/stamp.js'

const dayMs = 86_400_000

/** Envelopes that wait for their receipts. */
const ahead = 128

interface Opened {
  readonly node: ComposedNode
  readonly client: NodeClient
  readonly crypto: Crypto
}

let opened: Opened | undefined
const prepared: { envelope: Uint8Array; admission: Admission }[] = []
let seen: number[] = []
let isFollowing = false
let handleSeen: () => void = () => {}

function here(): Opened {
  if (opened === undefined) throw new Error('no node is open')
  return opened
}

function keyOf(text: string): Uint8Array {
  const decoded = decodeText(here().crypto, text)
  if (typeof decoded === 'string') throw new Error(decoded)
  return decoded.bytes
}

/** Lets the node speak to its neighbours meanwhile. */
async function breathe(count: number): Promise<void> {
  if (count % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
}

async function stateOf(name: string): Promise<NameState> {
  const { node, client } = here()
  // It has no stream, and its name is known after that.
  await client.caller.call('open', { link: name }).catch(() => {})
  const state = node.content.findName(keyOf(name))?.state
  if (state === undefined) throw new Error(`${name} is not known`)
  return state
}

serve(
  {
    open: async ({ home, upstream, inbox }: { home: string; upstream: string; inbox: boolean }) => {
      const outside = openSystem()
      const options = { home, upstream: [upstream], inbox, serveApi: false, handlePhrases: () => {} }
      const node = await openNodeIn(outside, options)
      const [ours, theirs] = channelPair()
      node.serve(theirs)
      const client = new NodeClient(new Caller(ours), async () => {})
      opened = { node, client, crypto: node.parts.chosen.crypto }
      await client.wait({ for: 'neighbour', timeoutMs: 10_000 })
      return node.identity.name
    },

    /** Resolves when a custodian keeps the inbox. */
    kept: async () => {
      const { client } = here()
      for (;;) {
        const { inbox } = await client.status()
        if (inbox.keptBy.some(({ untilMs }) => untilMs > 0)) return
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },

    /** Tickets of this owner, as many as anybody wants. */
    tickets: async ({ count }: { count: number }) => {
      const { node, crypto } = here()
      const { name, deviceSeed } = node.parts.opened.identity
      const untilMs = Date.now() + 30 * dayMs
      const tickets: Uint8Array[] = []
      while (tickets.length < count) {
        const serial = node.parts.outside.randomBytes(SERIAL_BYTES)
        tickets.push(encodeTicket(signTicket(crypto, deviceSeed, { inbox: name, serial, untilMs })))
        await breathe(tickets.length)
      }
      return tickets
    },

    /** Seals so many letters; without tickets, with puzzles that nobody has solved. */
    prepare: async ({ to, count, tickets }: { to: string; count: number; tickets?: readonly Uint8Array[] }) => {
      const { node, crypto } = here()
      const { name, device, deviceSeed } = node.parts.opened.identity
      const { randomBytes } = node.parts.outside
      const inbox = keyOf(to)
      const { open } = inboxOf(await stateOf(to), Date.now())
      const certificate = node.content.findName(name)?.state.certificateBytes ?? new Uint8Array(0)
      prepared.length = 0
      for (let index = 0; index < count; index += 1) {
        const body: LetterBody = {
          ...{ sender: name, certificate, device, timeMs: Date.now(), id: randomBytes(SERIAL_BYTES) },
          ...{ kind: 'message', subject: '', body: stamped(200), attachments: [], tickets: [] },
        }
        const random = randomBytes(32 * (open.length + 1))
        const envelope = sealEnvelope(crypto, { inbox, to: open, body, deviceSeed, random })
        if (typeof envelope === 'string') throw new Error(envelope)
        const ticket = tickets === undefined ? undefined : decodeTicket(tickets[index] ?? new Uint8Array(0))
        if (typeof ticket === 'string') throw new Error(ticket)
        const admission: Admission =
          ticket === undefined ? { kind: 'puzzle', day: dayOf(Date.now()), nonce: index } : { kind: 'ticket', ticket }
        prepared.push({ envelope, admission })
        await breathe(index)
      }
    },

    /** Delivers what was prepared over one conversation; how long until all were answered, and how many were signed for. */
    deliver: async ({ custodian }: { custodian: string }) => {
      const { node, crypto } = here()
      const conversation = await node.dialer.dial({ device: keyOf(custodian) }, 'runnel.inbox')
      const messages = openMessages(conversation, MAX_MESSAGE_BYTES)
      const counted = { receipts: 0, refused: 0 }
      const take = async (): Promise<void> => {
        const decoded = decodeInboxMessage((await messages.receive()) ?? new Uint8Array(0))
        if (typeof decoded === 'string') throw new Error(decoded)
        const { message } = decoded
        if (message.type === 'receipt' && verifyInboxReceipt(crypto, message.receipt)) counted.receipts += 1
        else counted.refused += 1
      }
      const began = performance.now()
      for (const [index, { envelope, admission }] of prepared.entries()) {
        await messages.send(encodeInboxMessage(index + 1, { type: 'deliver', admission, envelope }))
        if (index + 1 - counted.receipts - counted.refused >= ahead) await take()
      }
      while (counted.receipts + counted.refused < prepared.length) await take()
      const tookMs = performance.now() - began
      conversation.reset('all was answered')
      return { ...counted, tookMs }
    },

    /** Takes letters as they come, and acknowledges each, as a program does that has no time to wait; those before are forgotten. */
    follow: async () => {
      seen = []
      if (isFollowing) return
      isFollowing = true
      const acknowledging: Promise<void>[] = []
      const read = async (): Promise<void> => {
        for await (const letter of here().client.inbox({ follow: true })) {
          seen.push(sinceStamp(letter.body))
          acknowledging.push(letter.acknowledge())
          if (acknowledging.length >= ahead) await Promise.all(acknowledging.splice(0, ahead / 2))
          handleSeen()
        }
      }
      read().catch((error: unknown) => {
        if (opened !== undefined) throw error
      })
    },

    /** Resolves when so many were read, with the milliseconds from when each was written. */
    seen: async ({ count }: { count: number }) => {
      while (seen.length < count) {
        await new Promise<void>((resolve) => {
          handleSeen = resolve
        })
      }
      return { count: seen.length, p50: percentile(seen, 0.5) }
    },

    allow: async ({ name }: { name: string }) => {
      await here().client.allowSender(name)
    },

    /** Resolves when tickets to write to somebody are here. */
    allowed: async () => {
      while (here().node.mail.inbox.contacts.held === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    },

    /** One letter after the other; the milliseconds until each was signed for. */
    send: async ({ to, count }: { to: string; count: number }) => {
      const took: number[] = []
      for (let index = 0; index < count; index += 1) {
        const began = performance.now()
        await here().client.sendToInbox(to, stamped(200))
        took.push(performance.now() - began)
      }
      return percentile(took, 0.5)
    },
  },
  async () => {
    const { client, node } = here()
    opened = undefined
    await client.close()
    await node.close()
  },
)
