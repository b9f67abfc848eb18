// Counts the bytes that code asks the allocator for by a number (`new Uint8Array(n)`, `Buffer.alloc(n)` and the like), and
// refuses what is over a bound before it is allocated: a decoder that believes a claimed size is found at its first claim.

import { Violation } from './target.js'

let countedBytes = 0
let boundBytes = Number.POSITIVE_INFINITY

/** Bytes that one run may ask for, whatever it is given. Nothing here is measured while no run is. */
export function limitAllocation(bytes: number): void {
  countedBytes = 0
  boundBytes = bytes
}

export function endAllocationLimit(): void {
  boundBytes = Number.POSITIVE_INFINITY
}

function count(bytes: number): void {
  if (boundBytes === Number.POSITIVE_INFINITY || !(bytes > 0)) return
  countedBytes += bytes
  if (countedBytes > boundBytes) {
    const [asked, allowed] = [countedBytes, boundBytes]
    boundBytes = Number.POSITIVE_INFINITY
    throw new Violation(`allocates ${asked} bytes where ${allowed} are allowed`)
  }
}

type Sized = { new (...given: never[]): object; readonly BYTES_PER_ELEMENT: number }

/** Replaces the constructors of this process's global object; once. */
export function countAllocations(): void {
  const names = ['Uint8Array', 'Uint16Array', 'Uint32Array', 'Int32Array', 'Float64Array', 'BigUint64Array'] as const
  const globals = globalThis as unknown as Record<string, Sized>
  for (const name of names) {
    const original = globals[name]
    if (original === undefined) continue
    globals[name] = new Proxy(original, {
      construct(array, given: unknown[], newTarget) {
        if (typeof given[0] === 'number') count(given[0] * array.BYTES_PER_ELEMENT)
        return Reflect.construct(array, given, newTarget) as object
      },
    })
  }
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
    const original = Buffer[name].bind(Buffer) as (bytes: number, ...rest: never[]) => Buffer
    Buffer[name] = ((bytes: number, ...rest: never[]) => {
      count(bytes)
      return original(bytes, ...rest)
    }) as never
  }
}
