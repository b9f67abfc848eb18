// Everything that docs/vectors.json holds, section by section, and the text of that file. All of it comes from fixed seeds:
// whoever makes it again gets the same bytes.

import type { Crypto } from '../../stack/crypto/index.js'
import { openTestCrypto } from '../provider.js'
import { apiVectors } from './api.js'
import { custodyVectors } from './custody.js'
import { dataFileVectors } from './data-files.js'
import { dataLogVectors } from './data-log.js'
import { forwardVectors } from './forward.js'
import { inboxVectors } from './inbox.js'
import { linkVectors } from './link.js'
import { nameVectors } from './name.js'
import { packetVectors } from './packet.js'
import { sessionVectors } from './session.js'
import { signatureVectors } from './signature.js'
import { storeVectors } from './store.js'

/** The vectors by section, as docs/protocol.md §15 names them. */
export function allVectors(crypto: Crypto): Record<string, unknown> {
  return {
    name: nameVectors(crypto),
    signature: signatureVectors(),
    log: dataLogVectors(crypto),
    files: dataFileVectors(crypto),
    link: linkVectors(crypto),
    forward: forwardVectors(crypto),
    session: sessionVectors(crypto),
    custody: custodyVectors(crypto),
    inbox: inboxVectors(crypto),
    packet: packetVectors(crypto),
    store: storeVectors(crypto),
    api: apiVectors(),
  }
}

/** The text of docs/vectors.json: byte strings in lower-case hex, two blanks a level, one line end at the end. */
export async function vectorsText(): Promise<string> {
  return `${JSON.stringify(allVectors(await openTestCrypto()), null, 2)}\n`
}
