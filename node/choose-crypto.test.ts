// Which provider a node takes: what it finds, what it is asked for, and what it says when the two do not agree.

import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../errors/index.js'
import { findAddon } from './addon.js'
import { choiceOf, chooseCrypto, describeMissing } from './choose-crypto.js'

interface Context {
  directory: string
}

const test = suite<Context>('node/choose-crypto')
const built = findAddon()
const check = built.file === undefined ? test.skip : test

/** Names of files that would be tried, in order. */
const names = findAddon('/nonexistent/').failures.map(({ file }) => basename(file))

test.before.each((context) => {
  context.directory = `${mkdtempSync(join(tmpdir(), 'addon-'))}/`
})

test.after.each(({ directory }) => {
  rmSync(directory, { recursive: true })
})

const inEmpty =
  ({ directory }: Context) =>
  () =>
    findAddon(directory)

test('without an addon the portable provider runs, and says what was tried for which machine', async (context) => {
  const { crypto, file, missing } = await chooseCrypto('auto', inEmpty(context))
  assert.match(crypto.provider, 'portable')
  assert.is(file, undefined)
  const text = describeMissing(missing!)
  assert.match(text, `${process.platform}-${process.arch}`)
  for (const name of names) assert.match(text, `${context.directory}${name}: not there`)
})

test('who insists on the native provider gets an error that says the same', async (context) => {
  const error = await chooseCrypto('native', inEmpty(context)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.instance(error, RunnelError)
  assert.is((error as RunnelError).code, 'NO_NATIVE')
  assert.match((error as RunnelError).message, `${names[0]}: not there`)
})

test('who asks for the portable provider gets it, and nothing is looked for', async () => {
  const { crypto, missing } = await chooseCrypto('portable', () => {
    throw new Error('looked for')
  })
  assert.match(crypto.provider, 'portable')
  assert.is(missing, undefined)
})

test('a file that does not load is one more that was tried', async (context) => {
  writeFileSync(`${context.directory}${names[0]}`, 'no library')
  const { crypto, missing } = await chooseCrypto('auto', inEmpty(context))
  assert.match(crypto.provider, 'portable')
  assert.is(missing?.failures[0]?.file, `${context.directory}${names[0]}`)
  assert.is.not(missing?.failures[0]?.reason, 'not there')
})

test('an addon of another version is not used', async () => {
  const { crypto, missing } = await chooseCrypto('auto', () => ({ addon: { INTERFACE: 0 }, file: 'old', failures: [] }))
  assert.match(crypto.provider, 'portable')
  assert.equal(missing?.failures, [{ file: 'old', reason: 'is of another version of runnel' }])
})

check('with an addon the native provider runs, wherever its file lies', async (context) => {
  const copy = `${context.directory}${basename(built.file!)}`
  copyFileSync(built.file!, copy)
  const { crypto, file, missing } = await chooseCrypto('auto', inEmpty(context))
  assert.is(crypto.provider, 'native')
  assert.is(file, copy)
  assert.is(missing, undefined)
  assert.ok(existsSync(copy))
})

check('the addon works in a thread of its own, and still here when that has ended', async () => {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    const out = new Uint8Array(32)
    require(workerData).blake3(0, undefined, new Uint8Array(5000), undefined, out)
    parentPort.postMessage(out)`
  const { crypto } = await chooseCrypto('native')
  for (let round = 0; round < 3; round++) {
    const worker = new Worker(source, { eval: true, workerData: built.file })
    const [hash] = (await once(worker, 'message')) as [Uint8Array]
    await worker.terminate()
    assert.equal(hash, crypto.hash(new Uint8Array(5000)))
  }
})

test('the environment chooses where nothing else does, and may not say nonsense', () => {
  assert.is(choiceOf({}), 'auto')
  assert.is(choiceOf({ RUNNEL_CRYPTO: '' }), 'auto')
  assert.is(choiceOf({ RUNNEL_CRYPTO: 'portable' }), 'portable')
  assert.throws(
    () => choiceOf({ RUNNEL_CRYPTO: 'fast' }),
    (error: unknown) => error instanceof RunnelError && error.code === 'BAD_ARGUMENT',
  )
})

test.run()
