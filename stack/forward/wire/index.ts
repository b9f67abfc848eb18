// The frames of forwarding and of channels (docs/protocol.md §9, §10): total decoders and checked encoders, no state.

export {
  type Announce,
  type AnnouncedRoute,
  DEVICE_PROOF_BYTES,
  decodeAnnounce,
  encodeAnnounce,
  MAX_ANNOUNCED,
  MAX_COST,
} from './announce.js'
export {
  type Accept,
  type Bytes,
  type Close,
  type Credit,
  decodeAccept,
  decodeBytes,
  decodeClose,
  decodeCredit,
  decodeOpen,
  encodeAccept,
  encodeBytesHead,
  encodeClose,
  encodeCredit,
  encodeOpen,
  MAX_MESSAGE_BYTES,
  MAX_SEALED_BYTES,
  MIN_SEALED_BYTES,
  type Open,
} from './channel.js'
export {
  DATA_HEAD_BYTES,
  type Data,
  type DataHead,
  decodeData,
  encodeDataHead,
  MAX_ANSWER_BYTES,
  MAX_PIECE_BYTES,
} from './data.js'
export {
  decodeInterest,
  encodeInterest,
  type HeadHave,
  type Interest,
  type NameHave,
  type Part,
  type Question,
} from './interest.js'
export { decodeNack, encodeNack, type Nack } from './nack.js'
export {
  type CloseReason,
  DataFlag,
  FrameType,
  InterestFlag,
  MAX_BODY_BYTES,
  MAX_HOPS,
  MAX_RANK,
  type NackReason,
  OpenFlag,
  QuestionKind,
  type QuestionName,
  RouteKind,
  type RouteName,
  SKIPPABLE,
} from './numbers.js'
export {
  decodeStreamPacket,
  encodeStreamPacket,
  packetHead,
  STREAM_PACKET_HEADER_BYTES,
  type StreamFrame,
} from './stream-packet.js'
export {
  COOKIE_BYTES,
  decodeLabel,
  decodeObserved,
  decodeUdp,
  encodeLabel,
  encodeObserved,
  encodeUdp,
  equalAddresses,
  type Label,
  type Udp,
  type UdpAddress,
} from './switching.js'
