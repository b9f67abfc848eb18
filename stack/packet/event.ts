// What the machine of packets wants done, by `pollEvent`, in this order: keys are opened before the other side is told so.

import type { DatapathCommand } from './datapath.js'

export type PacketEvent =
  | { readonly kind: 'tell'; readonly command: DatapathCommand }
  /** Begin a conversation of the service with a device; then handleConversation or handleNoConversation. */
  | { readonly kind: 'dial'; readonly device: Uint8Array }
  /** A device has answered a question on the way in use, after so long: it was to be measured. */
  | { readonly kind: 'measured'; readonly device: Uint8Array; readonly tookUs: number }
  /** A message, without its length. */
  | { readonly kind: 'send'; readonly conversation: number; readonly message: Uint8Array }
  /** It is not needed any more, or the other side has broken the rules: say goodbye. */
  | { readonly kind: 'close'; readonly conversation: number; readonly isBad: boolean }
  /** Datagrams for us of this conversation carry this index: have its routers carry them (docs/protocol.md §10.13). */
  | { readonly kind: 'announce'; readonly conversation: number; readonly index: number }
  | { readonly kind: 'withdraw'; readonly conversation: number; readonly index: number }
