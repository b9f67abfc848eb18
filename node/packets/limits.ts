// Every bound of packets in a node: unit, why this number.

/** For how long a device is dialled before what waits for it is told that it cannot be reached, ms: packets wait no longer. */
export const packetDialMs = 5_000
