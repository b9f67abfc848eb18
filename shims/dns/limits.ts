// Every bound of the DNS server, with the reason for the number and what goes when it is reached.

/** Bytes of a question; a longer one gets no answer. A name of 255 bytes, an EDNS record and its options fit twice. */
export const maxQueryBytes = 512

/** Bytes of an answer over UDP to whoever has no EDNS (RFC 1035 §4.2.1). */
export const plainAnswerBytes = 512

/** Bytes that we say to take and send over UDP: what passes every link whole (DNS flag day 2020). */
export const ednsAnswerBytes = 1_232

/** Answers a second, all askers together; what is more is dropped. Many times what one machine asks. */
export const answersPerSecond = 1_000

/** Questions that wait for the network at once; one more is SERVFAIL. */
export const maxWaiting = 64

/** Connections at once; one more is closed as it comes. Over TCP comes what was truncated, so hardly anything. */
export const maxConnections = 16

/** Where names are asked for at an address of our own interface (RFC 1035 §4.2): resolvers know no other. */
export const namesPort = 53

/** How long `doctor` waits for the resolver of this machine. */
export const examineMs = 2_000

/** How long the program that tells systemd-resolved may take. */
export const wiringMs = 5_000

/** How long nothing may move on a connection. */
export const idleMs = 5_000

/** How long a name may be asked for: what asks over DNS gives up after five seconds. */
export const resolveMs = 4_000

/** Seconds that an answer may be kept: a device may come and go. */
export const ttlS = 60

/** Seconds that "there is none" may be kept. */
export const negativeTtlS = 30

/** How old a list of a name's devices is good enough, in seconds. */
export const nameAgeS = 300
