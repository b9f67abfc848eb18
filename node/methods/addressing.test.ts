// Addresses of names, as DNS asks for them on behalf of whoever looks something up.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError } from '../../errors/index.js'
import { openTestCrypto } from '../../test/provider.js'
import type { Handlers } from '../api-server/index.js'
import { addressingMethod } from './addressing.js'
import type { ReadingContext } from './reading.js'

const test = suite('node/methods/addressing')

test('a name that is none is refused by one checksum: nobody is there to be told what may have been meant', async () => {
  const crypto = await openTestCrypto()
  let checksums = 0
  const deriveKey: typeof crypto.deriveKey = (...given) => {
    checksums += 1
    return crypto.deriveKey(...given)
  }
  const counting = new Proxy(crypto, {
    get: (target, key) => (key === 'deriveKey' ? deriveKey : Reflect.get(target, key, target)),
  })
  const context = {
    crypto: counting,
    time: { now: () => ({ nowUs: 0, nowMs: 0 }) },
    petnames: () => undefined,
    hub: {},
  }
  const { addresses } = addressingMethod(context as unknown as ReadingContext, () => {})
  const call = { signal: new AbortController().signal } as Parameters<Handlers['addresses']>[1]
  const error = await addresses({ link: 'a'.repeat(56) }, call).catch((thrown: unknown) => thrown)
  assert.ok(isRunnelError(error, 'BAD_NAME'))
  assert.is(error.details, undefined)
  assert.ok(checksums <= 2, `${checksums} checksums`)
})

test.run()
