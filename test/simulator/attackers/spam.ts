// Spam: envelopes of a stranger for somebody's inbox, as many as its cable and the custodian carry, with puzzles as hard as
// it likes. What a puzzle costs is taken from it: whoever has to pay does less.

import type { ComposedNode } from '../../../node/composed.js'
import { openMessages } from '../../../node/sessions/index.js'
import type { Crypto } from '../../../stack/crypto/index.js'
import {
  dayOf,
  decodeInboxMessage,
  encodeInboxMessage,
  type LetterBody,
  MAX_MESSAGE_BYTES,
  sealEnvelope,
} from '../../../stack/inbox/index.js'
import type { Random } from '../random.js'

/** Nonces from here on are as good as the attacker says, where `givingPuzzlesAway` is the world's cryptography. */
const GIVEN = 2 ** 52

/** Questions on their way to a custodian. */
const AHEAD = 64

const prefix = new TextEncoder().encode('runnel v1 puzzle')
const questionBytes = prefix.length + 32 + 4 + 1 + 32 + 8

/** Cryptography by which a puzzle is solved by saying so: nonce GIVEN + n is worth n bits. */
export function givingPuzzlesAway(crypto: Crypto): Crypto {
  const hash = (bytes: Uint8Array): Uint8Array => {
    const hashed = crypto.hash(bytes)
    if (bytes.length !== questionBytes || !prefix.every((byte, at) => bytes[at] === byte)) return hashed
    const nonce = Number(new DataView(bytes.buffer, bytes.byteOffset + questionBytes - 8).getBigUint64(0))
    if (nonce < GIVEN) return hashed
    const worth = new Uint8Array(32).fill(255)
    for (let bit = 0; bit < nonce - GIVEN; bit++) worth[bit >> 3] = (worth[bit >> 3] ?? 0) & ~(128 >> (bit & 7))
    return worth
  }
  return { ...crypto, hash }
}

export interface SpamOptions {
  readonly crypto: Crypto
  readonly random: Random
  readonly inbox: Uint8Array
  /** The owner's devices and the keys of their inbox. */
  readonly to: readonly { readonly device: Uint8Array; readonly key: Uint8Array }[]
  readonly custodian: Uint8Array
  readonly count: number
  /** Bits of the puzzle of each, by its number. */
  readonly bits: (index: number) => number
  readonly nowMs: () => number
}

/** What was answered, by how often: 'receipt', or why it was refused. */
export async function spam(node: ComposedNode, options: SpamOptions): Promise<Map<string, number>> {
  const { custodian, count, bits, nowMs } = options
  const answers = new Map<string, number>()
  const conversation = await node.dialer.dial({ device: custodian }, 'runnel.inbox')
  const messages = openMessages(conversation, MAX_MESSAGE_BYTES)
  let answered = 0
  const take = async (): Promise<void> => {
    const bytes = await messages.receive()
    const decoded = bytes === undefined ? 'too-short' : decodeInboxMessage(bytes)
    if (typeof decoded === 'string') throw new Error(`a custodian said ${decoded}`)
    const { message } = decoded
    const what = message.type === 'refused' ? message.reason : message.type
    answers.set(what, (answers.get(what) ?? 0) + 1)
    answered += 1
  }
  for (let index = 0; index < count; index++) {
    const envelope = envelopeOf(node, options, index)
    const admission = { kind: 'puzzle', day: dayOf(nowMs()), nonce: GIVEN + bits(index) } as const
    await messages.send(encodeInboxMessage(index + 1, { type: 'deliver', admission, envelope }))
    if (index - answered >= AHEAD) await take()
  }
  while (answered < count) await take()
  conversation.reset('it is enough')
  return answers
}

/** A letter as good as any: it is signed, and every device can open it. */
function envelopeOf(node: ComposedNode, { crypto, random, inbox, to, nowMs }: SpamOptions, index: number): Uint8Array {
  const { name, device, deviceSeed } = node.parts.opened.identity
  const body: LetterBody = {
    sender: name,
    certificate: node.content.findName(name)?.state.certificateBytes ?? new Uint8Array(0),
    device,
    timeMs: nowMs(),
    id: random.bytes(16),
    kind: 'message',
    subject: 'an offer',
    body: new TextEncoder().encode(`offer ${index}`),
    attachments: [],
    tickets: [],
  }
  const sealed = sealEnvelope(crypto, { inbox, to, body, deviceSeed, random: random.bytes(32 * (to.length + 1)) })
  if (typeof sealed === 'string') throw new Error(`spam that is ${sealed}`)
  return sealed
}
