// Where neighbours' datagrams come from and go to. No address is used that its neighbour has not proven to have, over the
// link, with a cookie; and nobody is sent more than a few small datagrams before that.

export type { PortEvent, SwitchCommand } from './event.js'
export { handlePortFrame } from './inbound.js'
export { observedAddresses } from './owing.js'
export { dropPort, handleCookie, handlePorts, handlePortTimer, handleStray, sayPort } from './saying.js'
export { createLinkPort, createPortTable, type LinkPort, type PortTable, type UdpPorts } from './state.js'
