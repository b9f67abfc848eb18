// Why a decoder refused its input. Every decoder answers `X | Reason`: `typeof x === 'string'` tells them apart.
// A reason is counted and dropped; it is never sent to the peer that caused it.

/** The one closed list of refusals, so that counters by reason have a fixed set of names. */
export const reasons = [
  'too-short', // the bytes end before the field does
  'too-long', // a field, list or message is longer than its maximum
  'trailing', // bytes are left after the last field
  'bad-version', // a version that this node does not speak
  'bad-kind', // an unknown kind of chunk, key, record or frame where none may be skipped
  'bad-type', // an unknown critical type
  'bad-length', // a length that contradicts another field
  'bad-count', // a count that contradicts what it counts, or is outside its range
  'bad-order', // a list that must be sorted and unique is not
  'bad-index', // an index that points outside its list
  'bad-range', // a number outside the range that its field allows
  'bad-flags', // a flag that is reserved, or a combination that cannot be
  'bad-rank', // a rung or a rank that cannot be
  'bad-padding', // padding or reserved bytes that are not zero
  'bad-text', // not well-formed UTF-8, or a character that the field does not allow
  'bad-label', // not a DNS label of a-z, 0-9 and hyphen
  'bad-name', // a name that does not commit to what it came with
  'bad-path', // a path or file name that is empty, absolute, or escapes its folder
  'bad-checksum', // a text or packet checksum that does not match: most likely a typing error
  'bad-hash', // content whose hash is another
  'bad-key', // a public key that is not canonical or not of prime order
  'bad-signature', // a signature that does not verify
  'bad-seal', // sealed bytes that do not authenticate
  'bad-token', // a token of zero, or one that nobody gave out
  'not-canonical', // the same value has a shorter or other required encoding
  'not-member', // a log, device or item that its owner does not list
  'not-continued', // a newer state that does not continue the older one
  'not-proven', // a proof that does not show what it claims
  'too-large', // a number beyond 2^53 - 1, or a total beyond its bound
  'too-deep', // a tree or nesting beyond its bound
  'too-many', // more things, each of them in order, than a limit allows
  'future-time', // a time too far ahead of ours
  'expired', // a time too far behind ours
] as const

export type Reason = (typeof reasons)[number]
