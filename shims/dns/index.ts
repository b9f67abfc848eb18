// Names by DNS: NAME.key and LABEL.NAME.key as IPv6 addresses, for programs that know nothing of us. A client of the node
// like any other; it answers this machine alone.

export { type DnsOptions, type DnsServer, openDnsServer } from './server.js'
