// Questions of programs that come as packets of their own (docs/protocol.md §22): what each may ask, and what it is answered.

export { MAX_OWN_PACKET_BYTES, MAX_PACKET_BYTES } from './limits.js'
export {
  type AskedByPacket,
  type PacketAnswer,
  PacketQuestions,
  type PacketStep,
  type StreamPacket,
} from './questions.js'
