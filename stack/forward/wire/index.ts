// The four frames of forwarding (docs/protocol.md §9, §10): total decoders and checked encoders, no state.

export {
  type Announce,
  type AnnouncedRoute,
  decodeAnnounce,
  encodeAnnounce,
  MAX_ANNOUNCED,
  MAX_COST,
} from './announce.js'
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
  type Question,
} from './interest.js'
export { decodeNack, encodeNack, type Nack } from './nack.js'
export {
  DataFlag,
  FrameType,
  InterestFlag,
  MAX_BODY_BYTES,
  MAX_HOPS,
  MAX_RANK,
  type NackReason,
  QuestionKind,
  type QuestionName,
  RouteKind,
  type RouteName,
  SKIPPABLE,
} from './numbers.js'
