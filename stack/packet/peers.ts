// The devices that packets are exchanged with, by everything that names them: their key, their address, their conversation,
// the indexes that datagrams from them carry.

import { KeyMap, toHex } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import { addressOf } from '../name/index.js'
import type { PacketEvent } from './event.js'
import { MAX_INDEX, MAX_PEERS } from './limits.js'
import { Peer } from './peer.js'

export interface PeersOptions {
  readonly crypto: Crypto
  /** Our own device key. */
  readonly device: Uint8Array
  readonly randomBytes: (count: number) => Uint8Array
  readonly emit: (event: PacketEvent) => void
}

export class Peers {
  readonly #options: PeersOptions
  readonly #all = new Map<number, Peer>()
  readonly #byDevice: KeyMap<Peer>
  readonly #byAddress = new Map<string, Peer>()
  readonly #byConversation = new Map<number, Peer>()
  readonly #byIndex = new Map<number, Peer>()
  #last = 0

  constructor(options: PeersOptions) {
    this.#options = options
    this.#byDevice = new KeyMap(options.randomBytes(8), MAX_PEERS)
  }

  get isFull(): boolean {
    return this.#byDevice.full
  }

  /** The oldest first. */
  all(): Peer[] {
    return [...this.#all.values()]
  }

  get(number: number): Peer | undefined {
    return this.#all.get(number)
  }

  ofDevice(device: Uint8Array): Peer | undefined {
    return this.#byDevice.get(device)
  }

  at(address: Uint8Array): Peer | undefined {
    return this.#byAddress.get(toHex(address))
  }

  /** Whose conversation it is, and is not over. */
  of(conversation: number): Peer | undefined {
    return this.#byConversation.get(conversation)
  }

  ofIndex(index: number): Peer | undefined {
    return this.#byIndex.get(index)
  }

  /** A new one; there is room. */
  add(device: Uint8Array): Peer {
    const { crypto, device: own, randomBytes, emit } = this.#options
    this.#last++
    const address = addressOf(crypto, 'device', device)
    const peer: Peer = new Peer({
      ...{ crypto, number: this.#last, own, device: device.slice(), address, randomBytes, emit },
      takeIndex: () => this.#takeIndex(peer),
      handleIndexGone: (index) => this.#byIndex.delete(index),
      handleOver: (conversation) => this.#byConversation.delete(conversation),
    })
    this.#all.set(peer.number, peer)
    this.#byDevice.set(device, peer)
    this.#byAddress.set(toHex(address), peer)
    return peer
  }

  handleConversation(peer: Peer, conversation: number): void {
    this.#byConversation.set(conversation, peer)
  }

  remove(nowUs: number, peer: Peer): void {
    peer.close(nowUs)
    this.#all.delete(peer.number)
    this.#byDevice.delete(peer.device)
    this.#byAddress.delete(toHex(peer.address))
  }

  #takeIndex(peer: Peer): number {
    for (;;) {
      const bytes = this.#options.randomBytes(4)
      const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) & MAX_INDEX
      if (index === 0 || this.#byIndex.has(index)) continue
      this.#byIndex.set(index, peer)
      return index
    }
  }
}
