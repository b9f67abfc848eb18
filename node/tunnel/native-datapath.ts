// The datapath of `native/tunnel`, behind its door: batches of rows go over, and one bell says that some have come.

import type { RunnelError } from '../../errors/index.js'
import type { StreamPacket } from '../../stack/forward/index.js'
import type { DatapathCommand } from '../../stack/packet/index.js'
import type {
  BoundPorts,
  Datapath,
  DatapathOptions,
  InterfaceOptions,
  OpenDatapath,
  OpenInterface,
  StreamSocket,
} from '../datapath.js'
import type { NativeTunnel, TunnelAddon } from './addon.js'
import { encodeCommands, encodeInterface } from './command-rows.js'
import { countsByName } from './counter-names.js'
import { decodeEvents } from './event-rows.js'
import { lackingRules } from './lacking.js'
import { NativeStreams } from './native-streams.js'
import { openFailure } from './open-failure.js'

const offloads = ['none', 'tcp', 'tcp-and-udp'] as const

/** Opens tunnels of an addon. */
export function nativeDatapaths(addon: TunnelAddon): OpenDatapath {
  const [names, streamNames] = [addon.tunnelCounterNames(), addon.streamCounterNames()]
  return (options) => new NativeDatapath(addon, names, streamNames, options)
}

class NativeDatapath implements Datapath {
  readonly interface: OpenInterface | undefined
  readonly ports: BoundPorts
  readonly #native: NativeTunnel
  readonly #names: readonly string[]
  readonly #streamNames: readonly string[]
  readonly #options: DatapathOptions
  #closed = false

  constructor(addon: TunnelAddon, names: readonly string[], streamNames: readonly string[], options: DatapathOptions) {
    this.#names = names
    this.#streamNames = streamNames
    this.#options = options
    const { interface: wished, port } = options
    try {
      this.#native = addon.openTunnel(wished && encodeInterface(wished), port, () => this.#fetch())
    } catch (error) {
      throw openFailure(error)
    }
    const { name, portFour, portSix } = this.#native
    this.interface = name === null ? undefined : { name, offloads: this.#offloads(), ...this.#lacking(wished) }
    this.ports = { four: portFour ?? undefined, six: portSix ?? undefined }
  }

  tell(commands: readonly DatapathCommand[]): void {
    if (this.#closed) return
    for (const rows of encodeCommands(commands)) this.#native.tell(rows)
  }

  listen(port: number): number {
    try {
      return this.#native.listen(port)
    } catch (error) {
      throw openFailure(error)
    }
  }

  openStreamSocket(handle: (packets: readonly StreamPacket[]) => void): StreamSocket {
    return new NativeStreams(this.#native, this.#streamNames, handle)
  }

  counters(): ReadonlyMap<string, number> {
    return countsByName(this.#names, this.#closed ? [] : this.#native.counters())
  }

  close(): void {
    this.#closed = true
    this.#native.close()
  }

  #offloads(): OpenInterface['offloads'] {
    return offloads[this.#native.offloads] ?? 'none'
  }

  #lacking(wished: InterfaceOptions | undefined): { lacking?: RunnelError } {
    const [prefix] = wished?.routes ?? []
    const told = this.#native.lacking ?? undefined
    const lacking = prefix && lackingRules(told, prefix)
    return lacking === undefined ? {} : { lacking }
  }

  #fetch(): void {
    if (this.#closed) return
    const events = decodeEvents(this.#native.takeEvents())
    if (typeof events !== 'string') {
      if (events.length > 0) this.#options.handleEvents(events)
      return
    }
    // An addon that says it is of this version and is of none: there is nothing to go on with.
    this.close()
    this.#options.handleEvents([{ type: 'gone' }])
  }
}
