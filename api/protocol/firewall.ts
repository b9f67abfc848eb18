// What may come in by packets, as clients say and see it.

/** `from`: a name, `group:GROUP` or `anybody`; what is set may also have a petname there. */
export interface TrafficRule {
  action: 'allow' | 'deny'
  /** `icmp` is the echo; `stream` questions by packets, next header 253; `any` every protocol. */
  protocol: 'tcp' | 'udp' | 'icmp' | 'stream' | 'any'
  /** Of this machine; every port where it is left out. */
  port?: number
  from: string
}

/** A name in a group of names. */
export interface GroupMember {
  group: string
  name: string
}
