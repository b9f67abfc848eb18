// The raw socket of an interface for protocol 253, behind the native door: questions come as rows, and one bell says that some
// have come.

import { concat } from '../../stack/bytes/index.js'
import type { PacketAnswer, StreamPacket } from '../../stack/forward/index.js'
import type { StreamSocket } from '../datapath.js'
import type { NativeStreamSocket, NativeTunnel } from './addon.js'
import { countsByName } from './counter-names.js'
import { openFailure } from './open-failure.js'
import { decodeQuestionRows } from './question-rows.js'

export class NativeStreams implements StreamSocket {
  readonly #native: NativeStreamSocket
  readonly #names: readonly string[]
  readonly #handle: (packets: readonly StreamPacket[]) => void
  #closed = false

  /** Throws IO. */
  constructor(tunnel: NativeTunnel, names: readonly string[], handle: (packets: readonly StreamPacket[]) => void) {
    this.#names = names
    this.#handle = handle
    try {
      this.#native = tunnel.openStreamSocket(() => this.#fetch())
    } catch (error) {
      throw openFailure(error)
    }
  }

  send({ from, to, head, payload }: PacketAnswer): boolean {
    return !this.#closed && this.#native.send(concat(from, to), head, payload)
  }

  counters(): ReadonlyMap<string, number> {
    return countsByName(this.#names, this.#closed ? [] : this.#native.counters())
  }

  close(): void {
    this.#closed = true
    this.#native.close()
  }

  #fetch(): void {
    if (this.#closed) return
    const packets = decodeQuestionRows(this.#native.take())
    // An addon that says it is of this version and is of none.
    if (typeof packets === 'string') this.close()
    else if (packets.length > 0) this.#handle(packets)
  }
}
