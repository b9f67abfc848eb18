// One message of each type of custody, from fixed seeds.

import type { Crypto } from '../../stack/crypto/index.js'
import { type CustodyMessage, signReceipt } from '../../stack/custody/index.js'
import { SampleLog } from './log.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from './name.js'

export function sampleCustody(crypto: Crypto): CustodyMessage[] {
  const log = new SampleLog(crypto)
  log.appendSizes(100)
  const { headBytes, page, head } = log.held
  const { name } = new SampleName(crypto)
  const untilMs = sampleTimeMs + 30 * 86_400_000
  const custodian = crypto.ed25519.publicKeyFromSeed(sampleSeeds.secondDevice)
  const hash = crypto.hash(headBytes)
  const receipt = signReceipt(crypto, sampleSeeds.secondDevice, {
    head: hash,
    log: head.log,
    bytes: head.reachable,
    untilMs,
    custodian,
  })
  const listed = { head: hash, bytes: head.reachable, untilMs }
  return [
    { type: 'offer', request: 1, wantUntilMs: untilMs, headBytes, page, name },
    { type: 'offer', request: 2, wantUntilMs: 0, headBytes, page, name: undefined },
    { type: 'receipt', request: 1, receipt },
    { type: 'refused', request: 2, reason: 'quota', retryS: 3_600, text: 'all that it keeps for you is in use' },
    { type: 'progress', request: 1, bytes: 1_000_000, ofBytes: head.reachable },
    { type: 'challenge', request: 3, log: head.log, nonce: filled(9), names: [head.openPage, filled(8)] },
    { type: 'proof', request: 3, proofs: [filled(7), filled(0)] },
    { type: 'withdraw', request: 4, log: head.log },
    { type: 'withdrawn', request: 4, log: head.log },
    { type: 'list', request: 5, after: filled(0) },
    {
      type: 'listed',
      request: 5,
      listed: [
        { ...listed, log: filled(1) },
        { ...listed, log: head.log },
      ],
    },
  ]
}
