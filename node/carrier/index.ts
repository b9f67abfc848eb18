// The links of a node over TCP: dialled, accepted, one a device, numbered.

export { addressBytes, formatHostPort, formatUdp, parseListen } from './address.js'
export { Carrier, type CarrierHub, type CarrierOptions, type Handshakes, type OpenLink } from './carrier.js'
export { skewMs } from './clock-watch.js'
export type { Upstream } from './upstream.js'
