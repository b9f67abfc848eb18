// Puts the halves of inboxes together: the service that keeps those of others, the inbox of this node, and the sessions
// over which both speak.

import { equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type InboxPolicy, MAX_MESSAGE_BYTES } from '../../stack/inbox/index.js'
import type { InboxRecord, NameState } from '../../stack/name/index.js'
import type { Identity } from '../identity/index.js'
import type { LogEvent } from '../log-event.js'
import type { Time } from '../outside.js'
import { ReadSession, type SessionContext } from '../reader/index.js'
import { type Conversation, type Dialer, openMessages, type Sessions } from '../sessions/index.js'
import type { Files, Store } from '../store/index.js'
import { Inbox } from './inbox.js'
import { KeptCards } from './kept-cards.js'
import { closeMs, inboxShare, minInboxBytes } from './limits.js'
import { InboxService } from './service.js'
import { localTalks, type Talk } from './talk.js'

const serviceName = 'runnel.inbox'

export interface MailParts {
  readonly crypto: Crypto
  readonly store: Store
  readonly time: Time
  readonly files: Files
  readonly home: string
  readonly identity: Identity
  readonly randomBytes: (count: number) => Uint8Array
  readonly sessions: Pick<Sessions, 'services'>
  readonly dialer: Pick<Dialer, 'dial'>
  readonly session: SessionContext
  readonly heldName: (name: Uint8Array) => NameState | undefined
  /** Bytes that inboxes of others may take. */
  readonly inboxBytes: number
  readonly card: {
    readonly list: (records: readonly InboxRecord[]) => Promise<void>
    readonly listed: () => InboxRecord[]
  }
  readonly announce: (name: Uint8Array) => void
  readonly log: (event: LogEvent) => void
}

export interface Mail {
  readonly inbox: Inbox
  readonly service: InboxService
  /** Asks these devices to keep our inbox, and this node itself where it keeps any. */
  start(custodians: readonly Uint8Array[]): void
  close(): Promise<void>
}

export function openMail(parts: MailParts): Mail {
  const { crypto, store, time, identity, randomBytes, sessions, dialer, session, heldName, inboxBytes, log } = parts
  const ended = new AbortController()
  const findName = async (name: Uint8Array, maxAgeS: number, signal: AbortSignal): Promise<NameState> => {
    const asking = new ReadSession(session, { maxAgeS }, signal)
    try {
      return (await asking.name(name)).state
    } finally {
      asking.close()
    }
  }
  const ask = (name: Uint8Array): Promise<NameState> => findName(name, 0, ended.signal)
  const cards = new KeptCards({ time, device: identity.device, ask })
  const handleKept = (name: Uint8Array, device?: Uint8Array): void => {
    if (equal(name, identity.name)) return
    parts.announce(name)
    if (device === undefined) cards.handleKept(name)
    else cards.handleRegistered(name, device)
  }
  const policy = shareOf(inboxBytes)
  const service = new InboxService({ crypto, store, time, identity, randomBytes, log, policy, handleKept })
  sessions.services.add({ name: serviceName, handler: (conversation) => service.serve(talkOf(conversation, time)) })
  const dial = async (device: Uint8Array, signal: AbortSignal): Promise<Talk> => {
    if (!equal(device, identity.device)) {
      return talkOf(await dialer.dial({ device }, serviceName, { signal }), time)
    }
    const [here, there] = localTalks(device, device)
    void service.serve(there)
    return here
  }
  const inbox = new Inbox({
    crypto,
    store,
    time,
    identity,
    randomBytes,
    files: parts.files,
    home: parts.home,
    dial,
    findName,
    ownCertificate: () => heldName(identity.name)?.certificateBytes ?? new Uint8Array(0),
    knownCertificate: (name) => heldName(name)?.certificate,
    list: parts.card.list,
    listed: parts.card.listed,
    log,
  })
  return {
    inbox,
    service,
    start: (custodians) => {
      const distinct = custodians.filter((one, at) => !custodians.slice(0, at).some((other) => equal(one, other)))
      inbox.start(inboxBytes > 0 ? [...distinct, identity.device] : distinct)
    },
    close: async () => {
      ended.abort()
      cards.close()
      await inbox.close()
      await service.close()
    },
  }
}

/** Everybody may have an inbox, within what the operator gives for all; the first leaves room for others. */
function shareOf(totalBytes: number): InboxPolicy {
  return {
    grant: (_name, _device, wantedBytes, takenBytes) => {
      const bytes = Math.min(
        wantedBytes,
        Math.max(minInboxBytes, Math.floor(totalBytes * inboxShare)),
        totalBytes - takenBytes,
      )
      return bytes < minInboxBytes ? 0 : bytes
    },
  }
}

/** Ended gracefully, so that what was said last arrives; and for good after a while, whatever the other side does. */
function talkOf(conversation: Conversation, time: Time): Talk {
  const messages = openMessages(conversation, MAX_MESSAGE_BYTES)
  let closed = false
  return {
    device: conversation.peer.device,
    send: (message) => messages.send(message),
    receive: () => messages.receive(),
    close: () => {
      if (closed) return
      closed = true
      conversation.end().catch(() => {})
      const timer = time.after(closeMs, () => conversation.reset())
      void conversation.closed.then(() => timer.cancel())
    },
  }
}
