// The rolling hash of FastCDC in plain JavaScript. Its 48 bits are two numbers, because neither a bitwise operation nor an
// exact sum has room for all of them: the low half carries into the middle one.

import type { GearBits, GearScanner, GearTable } from './provider.js'

/** See GearScanner. */
export class PortableGearScanner implements GearScanner {
  readonly #table: GearTable
  #middle = 0
  #low = 0

  constructor(table: GearTable) {
    this.#table = table
  }

  reset(): void {
    this.#middle = 0
    this.#low = 0
  }

  scan(bytes: Uint8Array, from: number, to: number, mask: GearBits): number {
    const gearMiddle = this.#table.middle
    const gearLow = this.#table.low
    const maskMiddle = mask.middle
    const maskLow = mask.low
    let middle = this.#middle
    let low = this.#low
    for (let index = from; index < to; index++) {
      const byte = bytes[index] as number
      low = ((low & 0xffff) << 1) + (gearLow[byte] as number)
      middle = ((middle << 1) + (gearMiddle[byte] as number) + (low >>> 16)) | 0
      if ((middle & maskMiddle) === 0 && (low & maskLow) === 0) return index
    }
    this.#middle = middle
    this.#low = low
    return -1
  }
}
