// What is held of a name only goes forward, and everybody ends at the same state whatever order things come in.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTestCrypto } from '../../test/provider.js'
import { filled, SampleName, sampleSeeds, sampleTimeMs } from '../../test/samples/name.js'
import { compareCardHeads } from './card-head.js'
import { compareCertificates } from './certificate.js'
import { MAX_SERIAL } from './limits.js'
import { cardOf, confirmedMs, haveOf, mergeNameStates, type NameState, sameNameState } from './name-state.js'

const crypto = await openTestCrypto()
const sample = new SampleName(crypto)
const test = suite('name/name-state')

const both = [sample.device, sample.secondDevice]
const cards = [1, 2].map((version) => sample.card(version))
const renewed = sample.card(2, sample.records(), sampleTimeMs + 1_000)
const secondCards = [1, 2].map((version) => sample.card(version, [], sampleTimeMs, sampleSeeds.secondDevice))
const certificates = [
  sample.certificate(),
  sample.certificate({ serial: 1_700_000_001, devices: both }),
  sample.certificate({ serial: 1_700_000_001, devices: [...both].reverse() }),
  sample.certificate({ k: 1, serial: 0, devices: [sample.secondDevice] }),
]

/** Any state that honest answers bring. */
const state: fc.Arbitrary<NameState> = fc
  .record({
    certificate: fc.constantFrom(...certificates),
    first: fc.constantFrom(undefined, ...cards, renewed),
    second: fc.constantFrom(undefined, ...secondCards),
  })
  .map(({ certificate, first, second }) =>
    sample.state(
      certificate,
      certificate.devices.map((device) => (device === sample.device ? first : second)),
    ),
  )

function merged(held: NameState | undefined, came: NameState): NameState {
  return mergeNameStates(crypto, held, came).state
}

test('whatever order states come in, the last one of all is the same, as far as the cards were still listed', () => {
  fc.assert(
    fc.property(fc.array(state, { minLength: 1, maxLength: 6 }), (states) => {
      const fold = (list: readonly NameState[]): NameState => {
        let held: NameState | undefined
        for (const came of [...list, ...list]) held = merged(held, came)
        return held!
      }
      assert.ok(sameNameState(fold(states), fold([...states].reverse())))
    }),
  )
})

// protocol.md §4.2 MUST: Routers and readers MUST NOT go back
test('nothing ever goes back', () => {
  fc.assert(
    fc.property(state, state, (held, came) => {
      const { state, newer } = mergeNameStates(crypto, held, came)
      assert.ok(compareCertificates(crypto, state.certificate, held.certificate) >= 0)
      for (const device of state.certificate.devices) {
        const before = cardOf(held, device)
        const after = cardOf(state, device)
        if (before !== undefined) assert.ok(after !== undefined && compareCardHeads(after.head, before.head) >= 0)
      }
      assert.is(newer, !sameNameState(state, held))
      if (!newer) assert.is(state, held)
    }),
  )
})

test('what came first is all that is held', () => {
  const came = sample.state()
  const result = mergeNameStates(crypto, undefined, came)
  assert.equal(result, { state: came, came, newer: true, older: false, conflict: false, cardConflict: false })
})

test('the same certificate under another signature replaces nothing, also where a newer card comes with it', () => {
  const again = { ...certificates[0]!, signature: new Uint8Array(64) }
  const { state } = mergeNameStates(crypto, sample.state(certificates[0]), sample.state(again, [cards[1]]))
  assert.is(state.certificate, certificates[0])
  assert.is(state.cards[0], cards[1])
})

test('a lower certificate brings nothing, and is told from one that repeats what is held', () => {
  const owner = sample.state(certificates[3], [undefined])
  const thief = sample.state(sample.certificate({ serial: MAX_SERIAL }), [sample.card(9)])
  const result = mergeNameStates(crypto, owner, thief)
  assert.is(result.state, owner)
  assert.ok(result.older)
  assert.not(result.newer)
  assert.not(mergeNameStates(crypto, owner, owner).older)
})

test('a certificate that strikes a device takes its card away, and it does not come back', () => {
  const held = sample.state(certificates[1], [cards[0], secondCards[0]])
  const struck = merged(held, sample.state(certificates[3], [undefined]))
  assert.is(cardOf(struck, sample.device), undefined)
  assert.is(cardOf(struck, sample.secondDevice), secondCards[0])
  assert.is(cardOf(merged(struck, held), sample.device), undefined)
})

test('a lower certificate may still bring a newer card of a device that is listed', () => {
  const held = sample.state(certificates[1], [cards[0], undefined])
  const result = mergeNameStates(crypto, held, sample.state(certificates[0], [cards[1]]))
  assert.ok(result.newer && result.older)
  assert.is(result.state.certificate, held.certificate)
  assert.is(cardOf(result.state, sample.device), cards[1])
})

test('two certificates of one order are a conflict for both sides, who agree on the one that counts', () => {
  const a = sample.state(certificates[1], [undefined, undefined])
  const b = sample.state(certificates[2], [undefined, undefined])
  const ab = mergeNameStates(crypto, a, b)
  const ba = mergeNameStates(crypto, b, a)
  assert.ok(ab.conflict && ba.conflict)
  assert.ok(sameNameState(ab.state, ba.state))
  assert.not(ab.older || ba.older)
})

// protocol.md §4.3 MUST: At the same version with another chunk
test('of two cards with one version the one held first stays, and it is shown', () => {
  const other = sample.card(1, [], sampleTimeMs + 1)
  const result = mergeNameStates(crypto, sample.state(), sample.state(certificates[0], [other]))
  assert.ok(result.cardConflict)
  assert.not(result.newer)
  assert.equal(result.state.cards[0]?.chunk, sample.card(1).chunk)
})

// protocol.md §4.3 MUST: At the same version with another chunk
test('the card held first stays also where a newer one of another device comes with the conflict', () => {
  const both = sample.certificate({ devices: [sample.device, sample.secondDevice] })
  const { secondDevice } = sampleSeeds
  const held = sample.state(both, [sample.card(1), sample.card(1, [], sampleTimeMs, secondDevice)])
  const other = [sample.card(1, [], sampleTimeMs + 1), sample.card(2, [], sampleTimeMs, secondDevice)]
  const { state, newer, cardConflict } = mergeNameStates(crypto, held, sample.state(both, other))
  assert.equal([newer, cardConflict], [true, true])
  assert.equal(state.cards[0]?.chunk, sample.card(1).chunk)
  assert.is(state.cards[1]?.head.version, 2)
})

test('the same version with a newer time is newer', () => {
  const held = sample.state(certificates[0], [cards[1]])
  const result = mergeNameStates(crypto, held, sample.state(certificates[0], [renewed]))
  assert.ok(result.newer)
  assert.is(confirmedMs(result.state), sampleTimeMs + 1_000)
})

test('what one has is told by certificate and card versions', () => {
  assert.equal(haveOf(undefined), { k: 0, serial: 0, versions: [] })
  const held = sample.state(certificates[1], [cards[1], undefined])
  assert.equal(haveOf(held), { k: 0, serial: 1_700_000_001, versions: [2, 0] })
})

test('a name without cards was never confirmed, and has none to give', () => {
  assert.is(confirmedMs(sample.state(certificates[0], [undefined])), undefined)
  assert.is(cardOf(undefined, sample.device), undefined)
  assert.is(cardOf(sample.state(), filled(1)), undefined)
})

test.run()
