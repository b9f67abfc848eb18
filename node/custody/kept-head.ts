// A head that is kept for a reason, as a node's own value holds it: the 207 bytes in hex, and its open page as a chunk of
// kept/. So a record stays small however large the page is.

import { fromHex, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { decodeHead, type HeldHead, openHeldHead } from '../../stack/data/index.js'
import type { Store } from '../store/index.js'

export function headText(held: HeldHead): string {
  return toHex(held.headBytes)
}

/** The head again; undefined when it or its page is damaged. */
export function heldHeadOf(crypto: Crypto, store: Store, text: string): HeldHead | undefined {
  const headBytes = fromHex(text)
  const head = headBytes === undefined ? 'too-short' : decodeHead(headBytes)
  const page = typeof head === 'string' ? undefined : store.readKept(head.openPage)
  if (headBytes === undefined || typeof head === 'string' || page === undefined) return undefined
  // Its time was checked when it came.
  const held = openHeldHead(crypto, Number.MAX_SAFE_INTEGER, head.log, headBytes, page)
  return typeof held === 'string' ? undefined : held
}
