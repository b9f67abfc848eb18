// Every bound of what is known of neighbours' UDP addresses: unit, why this number, and what goes first when it is reached.

/** After this time UDP is said again, µs (§10.13): a NAT may forget a mapping after 30 s (RFC 4787, section 4.3 asks for 120). */
export const SAY_AGAIN_US = 25_000_000

/** Not before this time, µs, for a datagram that came from elsewhere (§10.13): whoever has seen a label can send one. What a neighbour takes. */
export const STRAY_PAUSE_US = 2_000_000

/** Pauses between two datagrams with the same cookie, µs (§10.13): the last one leaves after 7.75 s. Then it is waited for the next UDP. */
export const COOKIE_PAUSES_US: readonly number[] = [250_000, 500_000, 1_000_000, 2_000_000, 4_000_000]

/** How long a cookie is expected, µs (§10.13): all that were sent, and what the slowest path takes. */
export const COOKIE_WAIT_US = 10_000_000

/** Cookies in a row that may stay away before the address that they should come from is of no use any more (§10.13). */
export const MAX_MISSED_COOKIES = 3

/** Cookies that are expected at once (§13): what a datapath takes. Who is beyond that has its turn later. */
export const MAX_COOKIES = 1_024

/** UDP frames that a neighbour may send: so many at once, and so many a second (§10.13). Others are dropped, and counted. */
export const MAX_UDP_AT_ONCE = 8
export const UDP_PER_SECOND = 0.5
