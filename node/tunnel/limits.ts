// Every bound of this folder, with the reason for the number and what happens when it is reached.

/** Bytes of the name of an interface, without the zero at its end (`IFNAMSIZ` of Linux). */
export const maxNameBytes = 15

/** Bytes of the beginning of a packet that a miss shows; `native/tunnel` cuts there. Headers and options fit. */
export const maxHeadBytes = 128

/** Bytes that a probe may hold; `native/tunnel` cuts there. A challenge and a few numbers fit. */
export const maxProbeBytes = 64

/** Bytes of commands that go over in one call; more go in several. What they take is copied once. */
export const maxCommandBytes = 1 << 16

/** Packets of the interface: what every IPv6 link must bear (RFC 8200 section 5), and what a length can say. */
export const minMtuBytes = 1_280
export const maxMtuBytes = 65_535

/** How long after an interface is gone another is tried: twice as long after each, up to the last. */
export const firstRetryMs = 1_000
export const lastRetryMs = 60_000

/** Unknown addresses that are remembered to be shown; the oldest goes. */
export const shownUnknown = 16

/** Bytes of a packet of questions by protocol 253; `native/tunnel` drops longer ones. It fits the smallest packet of all links. */
export const maxQuestionBytes = 1_280
