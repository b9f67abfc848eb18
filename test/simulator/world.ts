// A world: virtual time, one network, and computers with real nodes on simulated disks. Everything in it follows from its
// seed and from what is done to it.

import { KeyMap, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { Computer, type ComputerOptions } from './computer.js'
import { openSimulatedCrypto } from './crypto.js'
import { disownKilled } from './killed.js'
import { type Cable, SimulatedNetwork } from './network.js'
import { Random } from './random.js'
import { Trace } from './trace.js'
import { VirtualTime } from './virtual-time.js'

export interface WorldOptions {
  readonly seed: string
  /** The cable from one computer to another; a millisecond and a gigabit per second where it is missing. */
  readonly cable?: (from: string, to: string) => Cable
  readonly crypto?: Crypto
}

export class World {
  readonly time = new VirtualTime()
  readonly random: Random
  readonly network: SimulatedNetwork
  readonly crypto: Crypto
  readonly trace: Trace
  readonly computers: Computer[] = []
  readonly #names = new KeyMap<string>(new Uint8Array(8))

  private constructor(options: WorldOptions, crypto: Crypto) {
    this.random = new Random(options.seed)
    this.crypto = crypto
    this.trace = new Trace(this.time)
    this.network = new SimulatedNetwork(
      this.time,
      options.cable ?? (() => ({ delayUs: 1_000, bytesPerSecond: 125_000_000, clearAtUs: 0 })),
    )
  }

  static async open(options: WorldOptions): Promise<World> {
    disownKilled()
    return new World(options, options.crypto ?? openSimulatedCrypto())
  }

  computer(name: string, options: ComputerOptions = {}): Computer {
    const computer = new Computer(this, name, options)
    this.computers.push(computer)
    return computer
  }

  /** Whose device key that is. */
  nameOf(device: Uint8Array): string {
    return this.#names.get(device) ?? toHex(device).slice(0, 8)
  }

  /** A computer has made a device key. */
  know(device: Uint8Array, name: string): void {
    this.#names.set(device.slice(), name)
  }

  /** Does something while time passes, for at most `forMs`. Throws what it throws, and an Error when it does not end. */
  async during<T>(forMs: number, call: () => Promise<T>): Promise<T> {
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined
    this.time.after(0, () => {
      call().then(
        (value) => {
          outcome = { value }
        },
        (error: unknown) => {
          outcome = { error }
        },
      )
    })
    await this.time.run(this.time.nowUs + forMs * 1_000, () => outcome !== undefined)
    if (outcome === undefined) throw new Error(`not done after ${forMs} ms of virtual time`)
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }

  async run(forMs: number): Promise<void> {
    await this.time.run(this.time.nowUs + forMs * 1_000)
  }
}
