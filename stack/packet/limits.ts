// Every bound of packets: unit, why this number, and what goes first when it is reached.

/** Devices with which packets are exchanged (§13). A further one takes the place of one without flows, the one that was used longest ago; else its packets are unreachable, and its conversation is closed. */
export const MAX_PEERS = 1_024

/** Devices whose addresses are known (§13), 100 bytes each. The one that was named least lately goes first: its address is unreachable until somebody looks its name up again. */
export const MAX_KNOWN_DEVICES = 65_536

/** Flows in all (§13), as many as the datapath holds. When it is full the oldest one that was refused goes, then the oldest. */
export const MAX_FLOWS = 65_536

/** Flows of one peer that it began itself (§13), let in or not: a scan of ports must not push out those of others. Its oldest goes first, those that were refused before those that pass. */
export const MAX_FLOWS_FROM_PEER = 4_096

/** Flows that wait for a session, as many as the datapath holds packets of; a later one is asked about again. */
export const MAX_WAITING_FLOWS = 512

/** For how long the datapath lets packets wait for an answer, µs. */
export const WAITING_US = 5_000_000

/** For how long "unreachable" is answered without being asked again, µs: a program that tries each second is told each time, one that floods asks once. */
export const UNREACHABLE_US = 1_000_000

/** A peer without a flow for so long is let go of, with its keys and its conversation, µs. */
export const IDLE_US = 300_000_000

/** Pauses before a conversation is opened again, µs; the last one stays. A packet that waits shortens each to the first. */
export const DIAL_PAUSES_US: readonly number[] = [
  500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 16_000_000, 30_000_000,
]

/** Keys serve so long before they are agreed anew, µs (§21.2), as WireGuard's do. */
export const REKEY_US = 120_000_000

/** The least time between two agreements that the other side begins, µs (§21.2): each costs public-key work. An earlier one waits. */
export const REKEY_LEAST_US = 1_000_000

/** How long what was sealed under earlier keys is still opened, after the other side has said that it uses newer ones, µs (§21.2). */
export const PREVIOUS_US = 30_000_000

/** The longest that any keys serve, µs (§21.2): a direct way outlives the router that carries the conversation by so much. */
export const LAST_KEYS_US = 900_000_000

/** Generations of one peer at once (§21.2): the one in use, the next, and the one before. The oldest goes first. */
export const MAX_GENERATIONS = 3

/** Labels of one peer: those of its generations, and of the next. The oldest goes first. */
export const MAX_LABELS = 8

/** The greatest index: labels have bit 31 set (§21.1). */
export const MAX_INDEX = 0x7fff_ffff

/** Addresses of a device that one message names (§21.1), and that are tried: its interfaces' and what routers see. */
export const MAX_CANDIDATES = 8

/** Direct ways of one peer that are known to work, at once: the one in use, and where it was before or is from another side. The one heard least lately goes first. */
export const MAX_DIRECT = 4

/** Sources that nobody has named, which are being checked for one peer. The oldest goes first. */
export const MAX_STRANGE_SOURCES = 4

/** When a way that has not been proven is tried, µs after the first time (§21.3): both ends begin within a round trip of each other, and a NAT lets in what follows its own. Five datagrams of 52 bytes. */
export const PUNCH_US: readonly number[] = [0, 100_000, 300_000, 700_000, 1_500_000]

/** To a source that nobody has named, so many probes for each time that something sealed came from it: less than three times its bytes (§21.3). */
export const PROBES_OF_SOURCE = 1

/** Pauses before the direct ways are tried again, µs (§21.3); the last one stays. */
export const PUNCH_PAUSES_US: readonly number[] = [
  5_000_000, 10_000_000, 20_000_000, 40_000_000, 80_000_000, 160_000_000, 300_000_000,
]

/** A way in use is probed so often, µs, and after one that was not answered so often: until it is given up there are five more. */
export const PROBE_EVERY_US = 10_000_000
export const PROBE_AGAIN_US = 1_000_000

/** Direct ways that are not in use are probed so often, µs: the least that NATs keep a mapping is 30 s. */
export const KEEP_ALIVE_US = 25_000_000

/** A direct way from which nothing came for so long, although something was asked, is given up, µs (§21.3). */
export const SILENT_US = 15_000_000

/** How long there is no way to a peer before somebody who only was called by it calls it, µs: it may have forgotten us. */
export const LOST_US = 3_000_000

/** Probes without answer that are remembered, of one way. The oldest is taken for lost. */
export const MAX_OPEN_PROBES = 8

/** Bytes of a probe's token: nobody guesses one. */
export const TOKEN_BYTES = 8

/** A direct way that has served for so long is looked for again soon when it is lost, µs; after a shorter time the pauses go on growing. */
export const STABLE_US = 60_000_000

/** Direct is better than by labels unless its round trip is so many times as long, and so much longer, µs: it costs no router anything. */
export const DIRECT_FACTOR = 1.5
export const DIRECT_EXTRA_US = 20_000

/** A round trip is taken for lost after so many of them, µs at the least. */
export const LOST_ROUND_TRIPS = 3
export const LOST_LEAST_US = 250_000

/** Bytes of the largest datagram there is, and of the least that a way is used with: what the datapath can cut pieces for. */
export const MAX_DATAGRAM_BYTES = 65_507
export const MIN_DATAGRAM_BYTES = 128

/** Datagrams that nearly every way bears: 1,500 bytes less the headers of IPv4 and UDP, or of IPv6 and UDP. Assumed until a probe tells (RFC 8899 begins lower; a program would remember for 10 minutes that its first packet was too big). */
export const LIKELY_BYTES_4 = 1_472
export const LIKELY_BYTES_6 = 1_452

/** Sizes that are tried between two that are known, bytes: those of tunnels, DSL, and frames of Ethernet, jumbo ones too. */
export const DATAGRAM_SIZES: readonly number[] = [
  128, 512, 1_024, 1_232, 1_280, 1_340, 1_372, 1_392, 1_412, 1_432, 1_452, 1_472, 2_048, 4_052, 8_952, 8_972, 65_507,
]

/** Probes of one size that have to stay away, while others are answered, before it counts as too large (RFC 8899 section 5.1.2). */
export const MAX_SIZE_PROBES = 3

/** Between two looks whether the size in use still passes, and whether a larger one does, µs (RFC 8899 section 5.1.1). */
export const CONFIRM_SIZE_US = 60_000_000
export const RAISE_SIZE_US = 600_000_000

/** After the network has claimed that a size is too big, it is tried again after so long, µs, doubled each time up to RAISE_SIZE_US: it may have lied. */
export const DOUBT_SIZE_US = 10_000_000
