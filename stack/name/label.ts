// Labels of streams: what DNS allows in one label, lower case only, so that a label is a host name's first part as it is.

import { decodeUtf8, encodeUtf8 } from '../bytes/index.js'
import { MAX_LABEL_CHARACTERS } from './limits.js'

/** The label that a link without one means. */
export const DEFAULT_LABEL = 'main'

const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

/** Whether it is 1 to 63 of `a-z 0-9 -`, not beginning or ending with `-` (protocol §2). */
export function isLabel(text: string): boolean {
  return text.length <= MAX_LABEL_CHARACTERS && LABEL.test(text)
}

/** The ASCII bytes of a label. Throws RangeError when it is none. */
export function encodeLabel(label: string): Uint8Array {
  if (!isLabel(label)) throw new RangeError(`${JSON.stringify(label)} is not a label`)
  return encodeUtf8(label)
}

/** The label of its bytes; undefined when they are none. */
export function decodeLabel(bytes: Uint8Array): string | undefined {
  const text = bytes.length <= MAX_LABEL_CHARACTERS ? decodeUtf8(bytes) : undefined
  return text !== undefined && isLabel(text) ? text : undefined
}
