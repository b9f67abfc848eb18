// The rolling hash of cuts by the addon: a piece of a part a call.

import type { NativeAddon } from './addon.js'
import type { GearBits, GearScanner, GearTable } from './provider.js'

const VALUE_BYTES = 8

export class NativeGearScanner implements GearScanner {
  readonly #addon: NativeAddon
  readonly #gear: Uint8Array
  readonly #state = new Uint8Array(VALUE_BYTES)

  constructor(addon: NativeAddon, { middle, low }: GearTable) {
    this.#addon = addon
    this.#gear = new Uint8Array(VALUE_BYTES * middle.length)
    const view = new DataView(this.#gear.buffer)
    for (const [index, upper] of middle.entries()) {
      view.setUint16(VALUE_BYTES * index, low[index] ?? 0, true)
      view.setInt32(VALUE_BYTES * index + 2, upper, true)
    }
  }

  reset(): void {
    this.#state.fill(0)
  }

  scan(bytes: Uint8Array, from: number, to: number, { middle, low }: GearBits): number {
    const maskLow = ((middle << 16) | low) >>> 0
    return this.#addon.scanGear(this.#gear, this.#state, bytes, from, to, middle >>> 16, maskLow)
  }
}
