// Names: texts and links, ladders, certificates, cards and their streams, and the answer that carries all of it.
// Whoever knows the 32 bytes of a name can check everything here without any other state, and never goes back to
// something older. Decoders never throw; RangeError means that the calling code is wrong.

export { AddressKind, addressOf, addressPrefix, formatAddress, streamAddressKey } from './address.js'
export * from './card.js'
export * from './card-head.js'
export * from './certificate.js'
export * from './closings.js'
export * from './inbox-record.js'
export * from './inboxes.js'
export * from './join.js'
export { DEFAULT_LABEL, isLabel } from './label.js'
export * from './ladder.js'
export * from './limits.js'
export * from './link.js'
export * from './name-answer.js'
export * from './name-state.js'
export * from './neighbour.js'
export * from './phrase.js'
export * from './stream-record.js'
export * from './streams.js'
export * from './text.js'
export { type LikelyText, likelyTexts } from './typing-errors.js'
