// The methods of a program that dials: how long it takes to move many bytes, and until the first one is there.

import type { Methods } from '../frame/actor.js'
import { firstByte, type Pipe, pourInto, type Service } from './service.js'

/** `dial` begins one connection with a service of the other side. */
export function callerMethods<Where>(dial: (where: Where, service: Service) => Promise<Pipe>): Methods {
  return {
    pour: async ({ where, bytes }: { where: Where; bytes: number }) => {
      const pipe = await dial(where, 'sink')
      const started = performance.now()
      const counted = await pourInto(pipe, bytes)
      return { milliseconds: performance.now() - started, counted }
    },

    /** Dials one after the other; gives the milliseconds of each until its first byte. */
    first: async ({ where, count }: { where: Where; count: number }) => {
      const times: number[] = []
      for (let index = 0; index < count; index += 1) {
        const started = performance.now()
        const pipe = await dial(where, 'first')
        const finish = await firstByte(pipe)
        times.push(performance.now() - started)
        await finish()
        pipe.close()
      }
      return times
    },
  }
}
