// What the datapath is told, and what it tells: the whole of its conversation with the machine here. `native/tunnel` (its
// `event.rs`) has the same names; it decides nothing, and no packet but the beginning of one that nobody has decided about
// comes up.

/** A UDP address: 4 or 16 bytes, and a port. */
export interface UdpAddress {
  readonly address: Uint8Array
  readonly port: number
}

/** What the packets of a flow have in common, seen from here. Without ports both are 0; of an echo the identifier is the asker's port. */
export interface FlowKey {
  /** IPv6 address of the other end, 16 bytes. */
  readonly peer: Uint8Array
  readonly protocol: number
  readonly ownPort: number
  readonly peerPort: number
}

/**
 * What was decided about a flow: it passes, to and from the peer of this number, or it is dropped, and a program of this
 * machine is told so by ICMPv6 unreachable with this code (RFC 4443 section 3.1). Without a code it is closed to what comes
 * alone: a packet that leaves is asked about.
 */
export type Verdict =
  | { readonly type: 'pass'; readonly peer: number }
  | { readonly type: 'drop'; readonly unreachable: number | undefined }

/**
 * `index`: the receiver's number in the datagrams of one generation of keys, 1 to 2^31 − 1: labels, which `stack/forward` gives
 * out, have bit 31 set, so that the two never meet in one table. Addresses of peers have 16 bytes, cookies too, keys 32.
 */
export type DatapathCommand =
  | { readonly type: 'set-peer'; readonly peer: number; readonly address: Uint8Array }
  | { readonly type: 'remove-peer'; readonly peer: number }
  | {
      readonly type: 'add-keys'
      readonly index: number
      readonly peer: number
      readonly opening: Uint8Array
      readonly sealing: Uint8Array
    }
  | { readonly type: 'remove-keys'; readonly index: number }
  | {
      readonly type: 'use-path'
      readonly index: number
      readonly to: UdpAddress
      /** The index or label that is written there. */
      readonly remote: number
      /** Of the largest datagram that this way bears, at least 128. */
      readonly datagramBytes: number
    }
  | {
      readonly type: 'probe'
      readonly index: number
      readonly to: UdpAddress
      readonly remote: number
      /** At most 64 bytes. */
      readonly content: Uint8Array
      /** That its datagram has at least, to find out what passes. */
      readonly datagramBytes: number
    }
  | {
      readonly type: 'set-label'
      readonly label: number
      readonly from: UdpAddress
      readonly to: UdpAddress
      readonly next: number
    }
  | { readonly type: 'remove-label'; readonly label: number }
  | { readonly type: 'set-flow'; readonly key: FlowKey; readonly verdict: Verdict }
  | { readonly type: 'remove-flow'; readonly key: FlowKey }
  | { readonly type: 'send-cookie'; readonly to: UdpAddress; readonly cookie: Uint8Array }
  | { readonly type: 'expect-cookie'; readonly cookie: Uint8Array }
  | { readonly type: 'forget-cookie'; readonly cookie: Uint8Array }
  | { readonly type: 'report'; readonly peer: number }
  | { readonly type: 'report-label'; readonly label: number }

/** Counted since the peer or the label was set. */
export interface Traffic {
  readonly packets: number
  readonly bytes: number
}

export type DatapathEvent =
  | {
      readonly type: 'miss'
      readonly key: FlowKey
      readonly direction: 'outbound' | 'inbound'
      /** Whose packet it is, when it comes from a peer. */
      readonly peer: number | undefined
      /** The first 128 bytes of the packet, or all. */
      readonly head: Uint8Array
    }
  | { readonly type: 'expired'; readonly key: FlowKey }
  | { readonly type: 'refused'; readonly key: FlowKey }
  /** From elsewhere than the path of its peer came what has opened; or, and was dropped, what has a label of a neighbour's. */
  | { readonly type: 'source'; readonly index: number; readonly from: UdpAddress }
  | {
      readonly type: 'probe'
      readonly index: number
      readonly from: UdpAddress
      readonly content: Uint8Array
      readonly datagramBytes: number
    }
  | { readonly type: 'cookie'; readonly cookie: Uint8Array; readonly from: UdpAddress }
  /** Port 0: about every port of the address. */
  | { readonly type: 'too-big'; readonly to: UdpAddress; readonly datagramBytes: number }
  | { readonly type: 'unreachable'; readonly to: UdpAddress; readonly errno: number }
  | { readonly type: 'spent'; readonly index: number }
  | { readonly type: 'traffic'; readonly peer: number; readonly sealed: Traffic; readonly opened: Traffic }
  | { readonly type: 'switched'; readonly label: number; readonly switched: Traffic }
  | { readonly type: 'gone' }
