// What counts as one source of connections: an IPv4 address, or an IPv6 /64, because whoever has one address of a /64 has all.

/** The source of an address as a socket reports it. Total: text that is no address is its own source. */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address
  // An IPv4 client of an IPv6 socket (RFC 4291, section 2.5.5.2).
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  // A zone ('%eth0') stands behind the last group, so it is never among the first four.
  const [left = '', right] = address.split('::')
  const groups = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  // What '::' stands for; text without it has all its groups already.
  const zeros = right === undefined ? 0 : Math.max(0, 8 - groups.length - tail.length)
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...tail]
  const network = all.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
  return `${network.join(':')}::/64`
}
