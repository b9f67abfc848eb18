// Every bound of questions by packets: unit, why this number, and what happens when it is reached.

/** Sources that are remembered: the devices that packets are exchanged with, and this machine. The one that asked longest ago goes. */
export const MAX_SOURCES = 1_024

/** Packets of questions of one source at once, and so many a second; one with several questions counts as several. More are dropped: who floods hears nothing. */
export const PACKETS_AT_ONCE = 256
export const PACKETS_PER_SECOND = 4_096

/** Questions of one source that may be open. A further one is refused: Nack Quota. */
export const MAX_QUESTIONS_OF_SOURCE = 64

/** Questions open in all: less than a local program may have, so that the node's own readers go on. Nack Quota. */
export const MAX_QUESTIONS = 1_024

/** answerBytes that one source may have outstanding, as every answer tells it: 17 chunks. A further question is refused: Nack Busy. */
export const SOURCE_ALLOWANCE_BYTES = 1_048_576

/** Bytes behind the IPv6 header of an answer to another device: every IPv6 way bears packets of 1,280 (RFC 8200 section 5). */
export const MAX_PACKET_BYTES = 1_240

/** The same of one to this machine: the loopback bears packets of 65,536. */
export const MAX_OWN_PACKET_BYTES = 65_496
