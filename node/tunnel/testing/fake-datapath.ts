// A datapath without a machine below it: it keeps what it is told, and tells what a test says.

import type { PacketAnswer, StreamPacket } from '../../../stack/forward/index.js'
import type { DatapathCommand, DatapathEvent } from '../../../stack/packet/index.js'
import type { BoundPorts, Datapath, DatapathOptions, OpenInterface, StreamSocket } from '../../datapath.js'

export class FakeDatapath implements Datapath {
  readonly interface: OpenInterface | undefined
  readonly ports: BoundPorts
  readonly options: DatapathOptions
  /** All that it was told, in order. */
  readonly told: DatapathCommand[] = []
  readonly counts = new Map<string, number>()
  /** What it is asked to send by protocol 253, and how a packet of that comes; undefined where nobody hears it. */
  readonly answers: PacketAnswer[] = []
  ask: ((packet: StreamPacket) => void) | undefined
  /** Why that socket cannot be had. */
  refusal: Error | undefined
  closed = false

  constructor(options: DatapathOptions, lacks: Pick<OpenInterface, 'lacking'> = {}) {
    const { interface: wished, port } = options
    this.options = options
    this.interface = wished && { name: wished.name.replace('%d', '0'), offloads: 'none', ...lacks }
    this.ports = { four: port || 40_000, six: port || 40_000 }
  }

  tell(commands: readonly DatapathCommand[]): void {
    if (!this.closed) this.told.push(...commands)
  }

  listen(port: number): number {
    throw new Error(`nobody listens on port ${port} of a fake`)
  }

  openStreamSocket(handle: (packets: readonly StreamPacket[]) => void): StreamSocket {
    if (this.refusal !== undefined) throw this.refusal
    this.ask = (packet) => queueMicrotask(() => handle([packet]))
    return {
      send: (answer) => {
        this.answers.push({ ...answer, payload: answer.payload.slice() })
        return true
      },
      counters: () => new Map([['heard', 7]]),
      close: () => {
        this.ask = undefined
      },
    }
  }

  counters(): ReadonlyMap<string, number> {
    return this.counts
  }

  close(): void {
    this.closed = true
  }

  /** As if these things had happened, at the end of this turn. */
  happen(...events: DatapathEvent[]): void {
    queueMicrotask(() => {
      if (!this.closed) this.options.handleEvents(events)
    })
  }
}
