// What the two ends say about a way on that way itself, inside the seal of a datagram (docs/protocol.md §21.3):
//
//   1 CHALLENGE token 8      2 RESPONSE token 8
//
// Whoever has sent a token that nobody guesses and gets it back knows that the other end, who holds the keys, gets what is
// sent this way, and in datagrams of that size.

import { Reader, type Reason, Writer } from '../../bytes/index.js'
import { TOKEN_BYTES } from '../limits.js'

const types = { challenge: 1, response: 2 } as const

export interface Probe {
  readonly type: 'challenge' | 'response'
  readonly token: Uint8Array
}

/** Throws RangeError for a token of another length. */
export function encodeProbe({ type, token }: Probe): Uint8Array {
  if (token.length !== TOKEN_BYTES) throw new RangeError(`a token of ${token.length} bytes`)
  return new Writer(1 + TOKEN_BYTES).u8(types[type]).put(token).bytes()
}

/** Its token is a copy. */
export function decodeProbe(bytes: Uint8Array): Probe | Reason {
  const reader = new Reader(bytes)
  const type = reader.u8()
  const token = reader.take(TOKEN_BYTES).slice()
  if (type !== types.challenge && type !== types.response) reader.fail('bad-type')
  return reader.end() ?? { type: type === types.challenge ? 'challenge' : 'response', token }
}
