// The names of what a datapath counts, in the order of their numbers in `native/tunnel` (`reason.rs`, which says what each
// means): drops by reason, then what was done.

export const dropReasons = [
  'truncated',
  'not-ipv6',
  'extension-headers',
  'routing-header',
  'virtio-header',
  'source',
  'destination',
  'scope',
  'icmp',
  'hop-limit',
  'fragment',
  'fragment-overlap',
  'denied',
  'undecided',
  'no-session',
  'too-big',
  'queue',
  'queue-full',
  'stranger',
  'seal',
  'replay',
  'neighbour',
  'congestion',
  'kind',
  'interface',
  'socket',
  'events',
] as const

export const tallies = [
  'interface-reads',
  'interface-writes',
  'sealed',
  'sealed-bytes',
  'opened',
  'opened-bytes',
  'sends',
  'receives',
  'switched',
  'switched-bytes',
  'marked',
  'misses',
  'answers',
] as const

export const counterNames: readonly string[] = [...dropReasons, ...tallies]

/** What an addon has counted, in the order of these names. */
export function countsByName(names: readonly string[], counts: readonly number[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, index) => [name, counts[index] ?? 0]))
}
