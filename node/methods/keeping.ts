// The methods about what is kept for others, here and elsewhere: pin, unpin, what is pinned, and taking a stream back.

import type { CustodyState, Pin } from '../../api/protocol/index.js'
import { equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { wantedCopies } from '../../stack/custody/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import type { Handlers } from '../api-server/index.js'
import { type Custody, type PinState, promiseMs } from '../custody/index.js'
import type { OwnStream, OwnStreams } from '../publisher/index.js'
import { type Petnames, readLink, type SessionContext } from '../reader/index.js'

export interface KeepingContext {
  readonly crypto: Crypto
  readonly streams: OwnStreams
  readonly custody: Custody
  readonly session: SessionContext
  readonly petnames: Petnames
}

type KeepingMethod = 'pin' | 'unpin' | 'pins' | 'receipts' | 'unpublish'

/** Bytes that a pin may take when it says nothing. */
const defaultSizeBytes = 10 * 1024 ** 3

export function keepingMethods({
  crypto,
  streams,
  custody,
  session,
  petnames,
}: KeepingContext): Pick<Handlers, KeepingMethod> {
  const { pins, duties } = custody
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

    receipts: async (_, call) => {
      const all = streams.list().flatMap((stream) => custodyOf(crypto, custody, stream))
      for (const one of all) await call.item(one)
      return { count: all.length }
    },

    unpublish: async ({ label }) => {
      const stream = await streams.withdraw(label)
      await duties.end(stream.key)
      return { label, link: streams.link(stream) }
    },
  }
}

/** Wants a stream kept by others, and waits for what they say. Throws TOO_MANY. */
export async function keepByOthers(
  crypto: Crypto,
  custody: Custody,
  stream: OwnStream,
  keepMs: number,
  signal: AbortSignal,
): Promise<CustodyState[]> {
  await custody.duties.keep(stream.key, keepMs)
  await custody.duties.settled(stream.key, wantedCopies, promiseMs, signal)
  return custodyOf(crypto, custody, stream)
}

/** How a stream stands with each custodian that was asked. */
export function custodyOf(crypto: Crypto, { duties }: Custody, stream: OwnStream): CustodyState[] {
  const log = encodeText(crypto, TextKind.log, stream.key)
  const { headBytes } = stream.log.held
  return (duties.find(stream.key)?.copies ?? []).map(({ custodian, state, receipt, auditedMs, problem, held }) => ({
    label: stream.label,
    log,
    custodian: encodeText(crypto, TextKind.device, custodian),
    state,
    ...(receipt === undefined ? {} : { untilMs: receipt.untilMs, bytes: receipt.bytes }),
    ...(held === undefined ? {} : { newest: equal(held, duties.stateOf(stream.key) ?? headBytes) }),
    ...(auditedMs === undefined ? {} : { auditedMs: Math.round(auditedMs) }),
    ...(problem === undefined ? {} : { problem }),
  }))
}

function shown({ checkedMs, problem, ...pin }: PinState): Pin {
  return { ...pin, ...(checkedMs === undefined ? {} : { checkedMs }), ...(problem === undefined ? {} : { problem }) }
}
