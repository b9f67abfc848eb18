// The rules of a node about what may come in by packets, and its groups of names: kept on disk, decided by stack/packet.

export { Firewall } from './firewall.js'
export { formatSource, formatTraffic, parseSource, parseTraffic, type Traffic } from './rule-text.js'
