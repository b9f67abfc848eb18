// Opens a link's machine for either side of a TCP connection that has just been made. Both throw RangeError when our own
// keys are no keys, and for nothing else.

import type { Rooms } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import type { ReplayGuard } from '../noise/index.js'
import { type GreetingOptions, openInitiatorGreeting, openResponderGreeting } from './greeting.js'
import { LinkMachine } from './machine.js'

export interface LinkOptions extends GreetingOptions {
  /** The machine's clock, monotonic, as in every handle…: the handshake's time runs from here. */
  readonly nowUs: number
  /**
   * Where large records take their memory: give back what `pollTransmit` gave when the kernel has it. Without it each has
   * memory of its own.
   */
  readonly rooms?: Rooms | undefined
}

export interface InitiatorOptions extends LinkOptions {
  /** The Ed25519 device key of whom we mean. */
  readonly remoteDevice: Uint8Array
}

/** Remembering message 1 of accepted handshakes is the business of an Admission: one for all links of a node. */
export interface ResponderOptions extends LinkOptions, ReplayGuard {}

/**
 * The side that connects. Its first bytes wait in `pollTransmit`. After 'up', send an ANNOUNCE at once: the other side is
 * up only when it has opened a record. A `remoteDevice` that is no key gives a link that is down: 'bad-key', blame 'local'.
 */
export function openInitiator(crypto: Crypto, options: InitiatorOptions): LinkMachine {
  return new LinkMachine(crypto, options.nowUs, options.nowMs, openInitiatorGreeting(crypto, options), options.rooms)
}

/** The side that was connected to. It says nothing before a message 1 has authenticated. */
export function openResponder(crypto: Crypto, options: ResponderOptions): LinkMachine {
  return new LinkMachine(
    crypto,
    options.nowUs,
    options.nowMs,
    openResponderGreeting(crypto, options, options),
    options.rooms,
  )
}
