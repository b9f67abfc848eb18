// The methods about letters: sending, what waits here, acknowledging, and who may write.

import { basename, join } from 'node:path'
import type { InboxLetter, SentLetter } from '../../api/protocol/index.js'
import { isRunnelError, RunnelError } from '../../errors/index.js'
import { decodeUtf8, encodeUtf8, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type Attachment, MAX_ATTACHMENTS, MAX_SUBJECT_BYTES } from '../../stack/inbox/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import type { Handlers } from '../api-server/index.js'
import { attachmentMs, attachmentWaitMs, type Inbox } from '../inbox/index.js'
import { type Petnames, readLink } from '../reader/index.js'
import type { Store } from '../store/index.js'
import { publishKeptFile } from './kept-file.js'
import { withLongLetter } from './long-letter.js'
import { petnamePrefix, type WritingContext } from './writing.js'

export interface InboxMethodsContext extends WritingContext {
  readonly petnames: Petnames
  readonly inbox: Inbox
  /** Of the home: where a letter lies that is published because it is long. */
  readonly lettersDirectory: string
}

/** One of which is known how many custodians keep it. */
interface KeptAttachment extends Attachment {
  readonly copies: number
}

type InboxMethod = 'sendToInbox' | 'inbox' | 'acknowledgeLetter' | 'allowSender' | 'blockSender'

export function inboxMethods(context: InboxMethodsContext): Pick<Handlers, InboxMethod> {
  const { crypto, inbox } = context
  return {
    sendToInbox: async ({ to, body, subject = '', attachments = [], timeoutMs }, { signal }) => {
      if (encodeUtf8(subject).length > MAX_SUBJECT_BYTES) {
        throw new RunnelError('BAD_ARGUMENT', `a subject has at most ${MAX_SUBJECT_BYTES} bytes`)
      }
      const name = nameOf(context, to)
      const attached: KeptAttachment[] = []
      for (const { path } of attachments) attached.push(await attach(context, path, signal))
      const send = (text: Uint8Array) =>
        inbox.send(name, { subject, body: text, attachments: attached }, signal, timeoutMs)
      try {
        return shown(crypto, await send(body), attached)
      } catch (error) {
        if (!isRunnelError(error, 'TOO_LARGE') || body.length === 0 || attached.length >= MAX_ATTACHMENTS) throw error
        const directory = join(context.lettersDirectory, toHex(context.randomBytes(8)))
        attached.push(await withLongLetter(directory, body, (path) => attach(context, path, signal)))
        return shown(crypto, await send(new Uint8Array(0)), attached)
      }
    },

    inbox: async ({ follow = false }, call) => {
      const petnames = petnamesByName(context.store)
      let count = 0
      for await (const { id, letter } of inbox.waiting(follow, call.signal)) {
        const sender = encodeText(crypto, TextKind.name, letter.sender)
        const petname = petnames.get(sender)
        const { timeMs, subject, body, attachments } = letter
        const item: InboxLetter = {
          id,
          sender,
          timeMs,
          subject,
          body,
          attachments: attachments.map((attachment) => ({ ...attachment })),
        }
        await call.item(petname === undefined ? item : { ...item, petname })
        count += 1
      }
      return { count }
    },

    acknowledgeLetter: async ({ id }) => {
      await inbox.acknowledge(id)
      return {}
    },

    allowSender: async ({ name }, { signal }) => shown(crypto, await inbox.allow(nameOf(context, name), signal)),

    blockSender: ({ name }) => inbox.block(nameOf(context, name)),
  }
}

/** The name that somebody is written to by. Throws BAD_NAME, BAD_LINK, BAD_ARGUMENT. */
function nameOf({ session, petnames }: InboxMethodsContext, text: string): Uint8Array {
  const link = readLink(session, text, petnames)
  if (link.target === 'name') return link.key
  throw new RunnelError('BAD_ARGUMENT', `${text} is no name`, {
    hint: 'A log has no inbox: write to its owner’s name.',
  })
}

/** An unlisted stream of its own for each file, which only who has the letter can read; kept by others for when this node is off. */
async function attach(context: InboxMethodsContext, path: string, signal: AbortSignal): Promise<KeptAttachment> {
  const kept = { path, prefix: 'sent-', keptMs: attachmentMs, waitMs: attachmentWaitMs }
  const { link, bytes, copies } = await publishKeptFile(context, kept, signal)
  return { name: basename(path), bytes, link, copies }
}

function petnamesByName(store: Pick<Store, 'values'>): Map<string, string> {
  const all = store.values(petnamePrefix)
  return new Map(all.map(({ key, bytes }) => [decodeUtf8(bytes) ?? '', key.slice(petnamePrefix.length)]))
}

function shown(
  crypto: Crypto,
  { id, receipts, refused }: Awaited<ReturnType<Inbox['send']>>,
  attachments: readonly KeptAttachment[] = [],
): SentLetter {
  const device = (key: Uint8Array): string => encodeText(crypto, TextKind.device, key)
  return {
    id: toHex(id),
    receipts: receipts.map(({ custodian, untilMs, kind }) => ({
      custodian: device(custodian),
      untilMs,
      kept: kind === 'kept',
    })),
    refused: refused.map(({ custodian, reason }) => ({ custodian: device(custodian), reason })),
    attachments: attachments.map((one) => ({ ...one })),
  }
}
