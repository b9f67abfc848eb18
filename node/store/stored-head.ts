// What a store gives of a log: its newest head with the open page, wherever it was.

import { compareHeads } from '../../stack/data/index.js'
import type { HeadWithPage } from './item.js'
import { headFields } from './signed.js'

export interface StoredHead extends HeadWithPage {
  /** Its age when it was seen, in seconds: it is older by now. */
  readonly ageS: number
  readonly seenMs: number
  /** It is one of ours. */
  readonly own: boolean
}

/** The newest by (length, time); of equal ones the first. */
export function newestHead(heads: readonly StoredHead[]): StoredHead | undefined {
  let best: StoredHead | undefined
  for (const head of heads) {
    const [a, b] = [headFields(head.headBytes), best && headFields(best.headBytes)]
    if (b === undefined || (a !== undefined && compareHeads(a, b) > 0)) best = head
  }
  return best
}
