// Who a node is, from what its disk says.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../../test/api/promises.js'
import { HOME, MemoryFiles } from '../../test/node/memory-home.js'
import { crypto, randomBytes } from '../../test/node/temporary.js'
import { openStore, systemTime } from '../store/index.js'
import { openIdentity } from './identity.js'
import type { OpenedIdentity } from './index.js'

const test = suite('identity')

async function open(files: MemoryFiles): Promise<OpenedIdentity> {
  const store = await openStore({ home: HOME, files, crypto, randomBytes, cacheBytes: 0, time: systemTime })
  try {
    return await openIdentity({ home: HOME, files, store, crypto, randomBytes, nowMs: 1, handlePhrases: () => {} })
  } finally {
    await store.close()
  }
}

/** Another hexadecimal digit, from one that a bit has flipped in. */
function flip(files: MemoryFiles, path: string): void {
  const content = files.content(path)
  content[7] = '0246'.includes(String.fromCharCode(content[7] ?? 0)) ? (content[7] ?? 0) ^ 1 : 0x30
}

test('is the same at each start', async () => {
  const files = new MemoryFiles()
  const { identity } = await open(files)
  const again = await open(files)
  assert.equal(again.identity, identity)
  assert.is(again.copied, false)
})

for (const key of ['device', 'rung-0']) {
  test(`refuses the key ${key} when it is another than it was`, async () => {
    const files = new MemoryFiles()
    await open(files)
    const path = `${HOME}/keys/${key}`
    const before = files.content(path).slice()
    flip(files, path)
    assert.is.not(Buffer.compare(before, files.content(path)), 0)
    const refused = await failure(open(files), 'DAMAGED')
    assert.match(refused.message, path)
    files.content(path).set(before)
    await open(files)
  })
}

// protocol.md §11 MUST: Its node MUST NOT write a log or card
test('gives a copied home a device key of its own, once', async () => {
  const files = new MemoryFiles()
  const { identity } = await open(files)
  files.machine = 'another machine'
  const copied = await open(files)
  assert.is(copied.copied, true)
  assert.equal(copied.identity.name, identity.name)
  assert.is(copied.identity.certificate.devices.length, 2)
  const again = await open(files)
  assert.is(again.copied, false)
  assert.equal(again.identity.device, copied.identity.device)
})

test('does not certify a device key with a rung that is not the name’s', async () => {
  const files = new MemoryFiles()
  await open(files)
  files.machine = 'another machine'
  flip(files, `${HOME}/keys/rung-0`)
  await failure(open(files), 'DAMAGED')
})

test.run()
