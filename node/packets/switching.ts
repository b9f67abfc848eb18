// A datapath sends on what belongs to channels of this node: the forwarding machine says which datagrams go where, and hears
// from which addresses cookies came. It is told of each datapath that there is, and when that is gone.

import type { SwitchCommand, UdpAddress, UdpPorts } from '../../stack/forward/index.js'
import type { DatapathEvent } from '../../stack/packet/index.js'
import type { Hub } from '../hub.js'

export interface SwitchingDatapath {
  readonly ports: UdpPorts
  /** Done in this order. */
  tell(commands: readonly SwitchCommand[]): void
}

export interface SwitchingOptions {
  readonly hub: Pick<Hub, 'attachSwitch' | 'detachSwitch' | 'handleCookie' | 'handleStray' | 'observed'>
  /** Told all addresses at which neighbours see the socket of this node, when that has changed. */
  readonly handleObserved: (at: readonly UdpAddress[]) => void
}

export class Switching {
  readonly #options: SwitchingOptions

  constructor(options: SwitchingOptions) {
    this.#options = options
  }

  /** From here on datagrams are sent on by this one, whose tables are empty. */
  handleOpen(datapath: SwitchingDatapath): void {
    const { hub, handleObserved } = this.#options
    hub.attachSwitch(datapath.ports, {
      tell: (commands) => datapath.tell(commands),
      handleObserved: () => handleObserved(hub.observed()),
    })
  }

  /** Takes those that are for it: sources of labels among them, and those of keys the hub does not know. */
  handleEvents(events: readonly DatapathEvent[]): void {
    const { hub } = this.#options
    for (const event of events) {
      if (event.type === 'cookie') hub.handleCookie(event.cookie, event.from)
      else if (event.type === 'source') hub.handleStray(event.index, event.from)
    }
  }

  /** Neighbours hear that there is no socket any more, and every label ends. */
  handleGone(): void {
    this.#options.hub.detachSwitch()
    this.#options.handleObserved([])
  }
}
