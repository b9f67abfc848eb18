// Every bound of packets in a node: unit, why this number.

/** For how long a device is dialled before what waits for it is told that it cannot be reached, ms: packets wait no longer. */
export const packetDialMs = 5_000

/** Devices that are known by their addresses after a restart, 8 KiB on disk. The one that was new least lately goes first: its name has to be looked up again. */
export const maxAddressedDevices = 256
