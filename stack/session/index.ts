// Sessions: a sealed conversation with a device's service, end to end, over one channel at a time. What is read was written
// by the device that is named, once and in order, also when the way to it changes; and nothing waits here without a bound.

export type { LostReason, SessionEvent } from './event.js'
export { type Call, type IncomingCall, type OwnKeys, openCall, readCall } from './handshake.js'
export { MAX_SERVICE_BYTES, SESSION_ID_BYTES } from './limits.js'
export { type ReadyChannel, SessionMachine, type SessionOptions } from './machine.js'
export {
  type AnswerHello,
  type CallHello,
  type CallStatus,
  decodeAnswerHello,
  decodeCallHello,
  encodeAnswerHello,
  encodeCallHello,
  isService,
} from './wire/greeting.js'
export { decodeRecord, encodeRecord, type ResetCode, type SessionRecord } from './wire/record.js'
