// Inboxes: letters that are sealed for the devices of a name, what lets them in, and the custodian's machine. A carrier
// learns for whom an envelope is and how large its class; who sent it stands inside, signed for this one envelope.
// Decoders never throw; RangeError means that the calling code is wrong.

export type { Box } from './box.js'
export * from './collection.js'
export * from './custodian.js'
export { decodeBox, decodeShelf, encodeBox, encodeShelf } from './entry.js'
export * from './envelope.js'
export * from './keys.js'
export { type Changes, custodianPrefix, type StoredValue } from './ledger.js'
export * from './letter.js'
export * from './limits.js'
export * from './message.js'
export * from './puzzle.js'
export * from './receipt.js'
export { decodeTicket, encodeTicket, signTicket, type Ticket, verifyTicket } from './ticket.js'
