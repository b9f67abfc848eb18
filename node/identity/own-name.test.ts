// What a node does with what it hears of its own name: joined and on disk before it is given to anybody, across starts.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Certificate,
  type CertificateBody,
  decodeCertificate,
  encodeCertificate,
  type NameState,
  signCertificate,
} from '../../stack/name/index.js'
import { failure } from '../../test/api/promises.js'
import { HOME, MemoryFiles } from '../../test/node/memory-home.js'
import { crypto, randomBytes } from '../../test/node/temporary.js'
import { filled } from '../../test/samples/name.js'
import { openStore, systemTime } from '../store/index.js'
import { openIdentity } from './identity.js'
import { KeyFiles } from './keys.js'
import { OwnName } from './own-name.js'

const test = suite('own name')

const others = Array.from({ length: 33 }, (_, index) => crypto.ed25519.publicKeyFromSeed(filled(60 + index)))

interface Home {
  readonly certificate: Certificate
  /** Signed by rung 0, or by `seed`. */
  sign(change: Partial<CertificateBody>, seed?: Uint8Array): Certificate
  hear(certificate: Certificate): Promise<void>
  /** What is held now, and what a store says that is opened again. */
  held(): Certificate
  stored(): Certificate
  readonly ownName: OwnName
}

/** Seeds of the rungs above the first, as they are drawn when the home is made. */
async function inHome(files: MemoryFiles, use: (home: Home) => Promise<void>): Promise<void> {
  const store = await openStore({ home: HOME, files, crypto, randomBytes, cacheBytes: 0, time: systemTime })
  try {
    const { identity } = await openIdentity({ home: HOME, files, store, crypto, randomBytes, nowMs: 1, handlePhrases })
    const { name, certificate } = identity
    const keys = new KeyFiles(files, HOME)
    const stateOf = (certificate: Certificate): NameState => ({
      name,
      certificate,
      certificateBytes: encodeCertificate(certificate),
      cards: certificate.devices.map(() => undefined),
    })
    let state = stateOf(certificate)
    const ownName = new OwnName({
      crypto,
      store,
      keys,
      identity,
      time: systemTime,
      held: () => state,
      take: (taken) => {
        state = taken
      },
      log: () => {},
    })
    await use({
      certificate,
      ownName,
      sign: (change, seed = keys.read('rung-0')) => {
        const { ladder, serial, devices, closings } = certificate
        const body = { ladder, k: 0, serial: serial + 1, timeMs: 5, devices, closings, ...change }
        if (seed !== undefined && body.k === 0) return signCertificate(crypto, seed, body)
        // Whose signature it is was checked by who heard it.
        return { ...body, rungKey: filled(1), signature: new Uint8Array(64) }
      },
      hear: (heard) => {
        ownName.handleHeard(stateOf(heard))
        return ownName.settle()
      },
      held: () => state.certificate,
      stored: () => {
        const read = decodeCertificate(store.name(name)?.certificateBytes ?? new Uint8Array(0))
        if (typeof read === 'string') throw new Error(read)
        return read
      },
    })
  } finally {
    await store.close()
  }
}

const handlePhrases = (): void => {}

test('signs one that lists the devices of both, which is on disk', async () => {
  const files = new MemoryFiles()
  await inHome(files, async ({ certificate, sign, hear, held, stored }) => {
    const heard = sign({ devices: [others[0]!] })
    await hear(heard)
    assert.is(held().serial, heard.serial + 1)
    assert.equal(held().devices, [...certificate.devices, others[0]!].sort(Buffer.compare))
    assert.equal(encodeCertificate(stored()), encodeCertificate(held()))
    // Heard again, also what it was made of, it changes nothing.
    const signed = held()
    for (const again of [heard, certificate, signed]) await hear(again)
    assert.is(held(), signed)
  })
  await inHome(files, async ({ certificate }) => assert.is(certificate.devices.length, 2))
})

test('signs nothing that another copy has signed already', async () => {
  await inHome(new MemoryFiles(), async ({ certificate, sign, hear, held, stored }) => {
    const joint = sign({ devices: [others[0]!, ...certificate.devices] })
    await hear(joint)
    assert.equal(held().signature, joint.signature)
    assert.is(stored().serial, joint.serial)
  })
})

test('takes a certificate of a higher rung, says that it is not listed, and starts again all the same', async () => {
  const files = new MemoryFiles()
  await inHome(files, async ({ sign, hear, held, ownName }) => {
    assert.ok(ownName.listed)
    await hear(sign({ k: 1, serial: 0, devices: [others[0]!] }))
    assert.is(held().k, 1)
    assert.not(ownName.listed)
    // A lower one that lists it does not bring it back.
    await hear(sign({ serial: 4_000_000_000 }))
    assert.is(held().k, 1)
  })
  await inHome(files, async ({ certificate, ownName }) => {
    assert.is(certificate.k, 1)
    assert.not(ownName.listed)
  })
})

test('does not bring back what closings may have struck', async () => {
  await inHome(new MemoryFiles(), async ({ certificate, sign, hear, held }) => {
    await hear(sign({ devices: [certificate.devices[0]!, others[0]!] }))
    const closings = filled(9)
    await hear(sign({ serial: held().serial + 1, closings }))
    assert.is(held().devices.length, 1)
    assert.equal(held().closings, closings)
  })
})

test('joins no more than 32 devices, and a copy that would be the 33rd does not start', async () => {
  const files = new MemoryFiles()
  await inHome(files, async ({ certificate, sign, hear, held, ownName }) => {
    await hear(sign({ devices: others.slice(0, 31) }))
    assert.is(held().devices.length, 32)
    assert.ok(ownName.listed)
    await hear(
      sign({ serial: held().serial + 1, devices: [certificate.devices[0]!, ...others.slice(0, 30), others[32]!] }),
    )
    assert.is(held().devices.length, 32)
  })
  files.machine = 'another machine'
  await failure(
    inHome(files, async () => {}),
    'TOO_MANY',
  )
})

test('goes on with what it holds while the disk takes nothing', async () => {
  const files = new MemoryFiles()
  await inHome(files, async ({ certificate, sign, hear, held }) => {
    files.capacityBytes = 0
    await hear(sign({ devices: [others[0]!] }))
    assert.is(held(), certificate)
    files.capacityBytes = Number.MAX_SAFE_INTEGER
  })
})

test.run()
