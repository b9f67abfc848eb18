// `import { connect } from 'runnel'`: signed, ordered, resumable bytes, named by keys, from the nearest node that has them.
// Everything rejects with a RunnelError only; every call takes an AbortSignal.

import './dispose.js'

export { type ErrorCode, type ErrorDetails, type ErrorRecord, isRunnelError, RunnelError } from '../errors/index.js'
export { toReadable, toWeb } from './adapters.js'
export { type ByteRead, openByteRead } from './byte-read.js'
export { Caller, type CallOptions } from './caller.js'
export {
  type Abortable,
  type CreateStreamOptions,
  type DialOptions,
  type InboxOptions,
  type Letter,
  type ListenOptions,
  NodeClient,
  type OpenStreamOptions,
  type PinOptions,
  type PublishOptions,
  type SendOptions,
} from './client.js'
export { type ConnectOptions, connect, connectInside } from './connect.js'
export { Conversation, type ConversationMethod, toDuplex } from './conversation.js'
export { homeOf } from './home.js'
export type { CallInput } from './input.js'
export type { ItemCall } from './item-queue.js'
export { type AppendOptions, OwnStream } from './own-stream.js'
export type {
  Check,
  ConversationPeer,
  ConversationTotal,
  CustodyState,
  FileReference,
  FolderItem,
  FoundItem,
  Freshness,
  Identity,
  InboxLetter,
  InboxStatus,
  Item,
  KeyAddress,
  LiveState,
  LogEntry,
  MethodName,
  OpenedStream,
  Params,
  Peer,
  Pin,
  PingAnswer,
  PingTotal,
  ProbeLog,
  ProbeStage,
  Progress,
  ReadOptions,
  ReadResult,
  Result,
  SentLetter,
  ServerStatus,
  SourceShare,
  Status,
  StreamSummary,
  TraceHop,
  TrafficRule,
  TunStatus,
  Visibility,
  Warning,
} from './protocol/index.js'
export { phrasesText, writePhrases } from './recovery-phrases.js'
export { type EntriesOptions, type EntryOptions, type Source, Stream, type StreamReadOptions } from './stream.js'
