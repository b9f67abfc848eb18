// What `status` says of inboxes: who keeps ours, what waits in it, and what is kept for others.

import type { InboxStatus } from '../../api/protocol/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import type { Mail } from '../inbox/index.js'

export function inboxStatus(crypto: Crypto, { inbox, service }: Mail): InboxStatus {
  const { boxes } = service.machine
  return {
    keptBy: inbox.keepers().map(({ custodian, untilMs, problem, dropped }) => ({
      custodian: encodeText(crypto, TextKind.device, custodian),
      untilMs,
      ...(problem === undefined ? {} : { problem }),
      dropped,
    })),
    waiting: inbox.letters.waiting,
    refused: Object.fromEntries(inbox.refused),
    keeps: { inboxes: boxes.length, bytes: boxes.reduce((sum, { usedBytes }) => sum + usedBytes, 0) },
  }
}
