// `addresses`: where a name, a label or a log is in the tunnel's own network. Only that of a name has to be asked for: which
// devices it has now. Any page in a browser can have names looked up that do not exist, so a wrong one costs nearly nothing.

import type { KeyAddress } from '../../api/protocol/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import {
  addressOf,
  encodeText,
  formatAddress,
  type NameState,
  streamAddressKey,
  TextKind,
} from '../../stack/name/index.js'
import type { Handlers } from '../api-server/index.js'
import { ReadSession, readLink } from '../reader/index.js'
import type { ReadingContext } from './reading.js'

/** `learn` is told of each device that is found: whoever asks for its address is about to use it. */
export function addressingMethod(
  context: ReadingContext,
  learn: (device: Uint8Array) => void,
): Pick<Handlers, 'addresses'> {
  const { crypto } = context
  return {
    addresses: async (params, { signal }) => {
      const session = new ReadSession(context, params, signal)
      try {
        const link = readLink(session, params.link, context.petnames, false)
        const name = encodeText(crypto, link.target === 'name' ? TextKind.name : TextKind.log, link.key)
        if (link.target === 'log') return { name, addresses: [ofStream(crypto, link.key)] }
        if (link.label !== undefined) {
          return { name, addresses: [ofStream(crypto, streamAddressKey(link.key, link.label))] }
        }
        const { state } = await session.name(link.key)
        for (const device of state.certificate.devices) learn(device)
        return { name, addresses: ofDevices(crypto, state) }
      } finally {
        session.close()
      }
    },
  }
}

function ofStream(crypto: Crypto, key: Uint8Array): KeyAddress {
  return { address: formatAddress(addressOf(crypto, 'stream', key)), kind: 'stream' }
}

/** The device whose card is newest first: it is the likeliest to be on. */
function ofDevices(crypto: Crypto, { certificate, cards }: NameState): KeyAddress[] {
  return certificate.devices
    .map((device, index): KeyAddress & { heardMs: number } => ({
      address: formatAddress(addressOf(crypto, 'device', device)),
      kind: 'device',
      device: encodeText(crypto, TextKind.device, device),
      heardMs: cards[index]?.head.timeMs ?? 0,
    }))
    .sort((a, b) => b.heardMs - a.heardMs)
}
