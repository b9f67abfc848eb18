// What node/ is told about datagrams: commands for the datapath that it has, and where neighbours see its socket.

import type { NeighbourId } from '../neighbour-id.js'
import type { UdpAddress } from '../wire/index.js'

/** A datapath does these in the order in which they come. Cookies have 16 bytes. */
export type SwitchCommand =
  /** What comes with this label from that neighbour leaves to this one, with the next number in its place. */
  | {
      readonly type: 'set-label'
      readonly label: number
      readonly from: UdpAddress
      readonly to: UdpAddress
      readonly next: number
    }
  | { readonly type: 'remove-label'; readonly label: number }
  | { readonly type: 'send-cookie'; readonly to: UdpAddress; readonly cookie: Uint8Array }
  | { readonly type: 'expect-cookie'; readonly cookie: Uint8Array }
  | { readonly type: 'forget-cookie'; readonly cookie: Uint8Array }

export type PortEvent =
  | { readonly kind: 'switch'; readonly command: SwitchCommand }
  /** So a neighbour says; nobody else has said it. */
  | { readonly kind: 'observed'; readonly neighbour: NeighbourId; readonly at: UdpAddress }
