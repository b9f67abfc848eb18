// The methods about what is kept for others, here and elsewhere: pin, unpin, what is pinned, and taking a stream back.

import type { Pin } from '../../api/protocol/index.js'
import type { Handlers } from '../api-server/index.js'
import type { PinState, Pins } from '../custody/index.js'
import type { OwnStreams } from '../publisher/index.js'
import { type Petnames, readLink, type SessionContext } from '../reader/index.js'

export interface KeepingContext {
  readonly streams: OwnStreams
  readonly pins: Pins
  readonly session: SessionContext
  readonly petnames: Petnames
}

type KeepingMethod = 'pin' | 'unpin' | 'pins' | 'unpublish'

/** Bytes that a pin may take when it says nothing. */
const defaultSizeBytes = 10 * 1024 ** 3

export function keepingMethods({ streams, pins, session, petnames }: KeepingContext): Pick<Handlers, KeepingMethod> {
  return {
    pin: async ({ link, sizeBytes = defaultSizeBytes }, call) =>
      shown(
        await pins.pin(readLink(session, link, petnames), sizeBytes, call.signal, (state) =>
          call.progress(shown(state)),
        ),
      ),

    unpin: ({ link }) => pins.unpin(readLink(session, link, petnames)),

    pins: async (_, call) => {
      const all = pins.list()
      for (const pin of all) await call.item(shown(pin))
      return { count: all.length }
    },

    unpublish: async ({ label }) => {
      const stream = await streams.withdraw(label)
      return { label, link: streams.link(stream) }
    },
  }
}

function shown({ checkedMs, problem, ...pin }: PinState): Pin {
  return { ...pin, ...(checkedMs === undefined ? {} : { checkedMs }), ...(problem === undefined ? {} : { problem }) }
}
