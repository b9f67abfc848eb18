// Letters: what waits in the inbox of a node, what became of one that was sent, and who keeps the inbox.

/** A letter that waits in the inbox of this node. */
export interface InboxLetter {
  /** What it is acknowledged by. */
  id: string
  /** The name that has signed it, and what it was called here by `setPetname`. */
  sender: string
  petname?: string
  timeMs: number
  subject: string
  body: Uint8Array
  attachments: { name: string; bytes: number; link: string }[]
}

/** What became of a letter. `kept`: until `untilMs` or until its owner has it; otherwise only while the inbox has room. */
export interface SentLetter {
  id: string
  receipts: { custodian: string; untilMs: number; kept: boolean }[]
  /** Custodians that did not sign, and why. */
  refused: { custodian: string; reason: string }[]
  /** Streams that the letter points to. `copies`: custodians that have promised to keep one; without any it can be had while this node is up. */
  attachments: { name: string; bytes: number; link: string; copies: number }[]
}

/** What is known of this node's inbox and of those that it keeps. */
export interface InboxStatus {
  /** Custodians that were asked; `untilMs` is 0 where one keeps nothing. `dropped`: letters it signed for and does not have. */
  keptBy: { custodian: string; untilMs: number; problem?: string; dropped: number }[]
  /** Letters that wait to be acknowledged. */
  waiting: number
  /** Envelopes that were taken and not shown, by reason. */
  refused: Record<string, number>
  /** Inboxes of others, and what waits in them. */
  keeps: { inboxes: number; bytes: number }
}
