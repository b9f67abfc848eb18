// One sealed TCP connection to a neighbour: handshake, records, frames, keep-alive, and who may knock. Pure machines.
// A stranger gets no byte; what a link hands out came from the device that it names, whole, in order and once.

export { Admission, type AdmissionCounters, type HalfOpen } from './admission.js'
export { type ByteKind, byteKinds, type KindBytes, type LinkCounters } from './counters.js'
export type { DownEvent, DownReason, LinkTimeout, UpEvent } from './event.js'
export { decodeFrames, type Frame, FrameType, MAX_BODY_BYTES } from './frame.js'
export type { VersionRange } from './hello.js'
export {
  HANDSHAKE_TIMEOUT_US,
  LENGTH_BYTES,
  MAX_HALF_OPEN,
  MAX_HALF_OPEN_OF_SOURCE,
  MAX_QUEUED_BYTES,
  MAX_RECORD_BYTES,
  OWN_RECORD_BYTES,
} from './limits.js'
export type { LinkMachine } from './machine.js'
export { type InitiatorOptions, openInitiator, openResponder, type ResponderOptions } from './open.js'
