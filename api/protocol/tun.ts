// What `status` tells of the network interface.

export interface TunStatus {
  /** `labels`: none is wished for, but packets of others are sent on; `down`: one is wished for, and cannot be had. */
  state: 'off' | 'labels' | 'down' | 'up'
  /** The name that it has. */
  interface?: string
  /** Where names are asked for, on this machine alone. */
  names?: string
  mtuBytes?: number
  /** Which super-packets the kernel hands over. */
  offloads?: 'tcp-and-udp' | 'tcp' | 'none'
  /** UDP ports that packets come to: one, unless the two families had to take two. */
  ports: number[]
  /** Addresses that programs wanted lately and that nobody is known at, and how often; the newest first. */
  unknown: { address: string; count: number }[]
  /** How many packets were dropped, by reason; missing while none was. */
  dropped?: Record<string, number>
  /** Why it is not as it should be, and what to do about it. */
  problem?: string
  hint?: string
}
