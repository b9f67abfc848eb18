// What `addresses` tells of a name: IPv6 addresses made of keys (protocol, section 2).

export interface KeyAddress {
  address: string
  /** `stream` is answered by the node next to whoever asks, `device` by the device itself. */
  kind: 'device' | 'stream'
  /** Of a device: its key, and when it last said something of itself. */
  device?: string
  heardMs?: number
}
