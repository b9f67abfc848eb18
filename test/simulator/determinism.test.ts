// wall limit: 300 s
// The same seed is the same run, in this process and in any other, down to the last byte of the last frame; and nothing in
// a run looks at the clock, the timers or the randomness of the process.

import { execFile } from 'node:child_process'
import nodeCrypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fingerprintsOf } from './fingerprint.js'
import { World } from './world.js'

const test = suite('simulator/determinism')
const execute = promisify(execFile)
const program = fileURLToPath(new URL('fingerprint.js', import.meta.url))
const runs = [
  ['a', 8],
  ['b', 16],
  ['c', 32],
] as const

test('the same seed twice in one process is the same run', async () => {
  for (const [seed, nodes] of runs) {
    const first = await fingerprintsOf(seed, nodes)
    assert.equal(await fingerprintsOf(seed, nodes), first, `seed ${seed}, ${nodes} nodes`)
    assert.ok(first.frames > 300, `${first.frames} frames`)
  }
})

test('the same seed in another process is the same run', async () => {
  for (const [seed, nodes] of runs) {
    const { stdout } = await execute(process.execPath, ['--max-semi-space-size=1', program, seed, String(nodes)])
    assert.equal(JSON.parse(stdout), await fingerprintsOf(seed, nodes), `seed ${seed}, ${nodes} nodes`)
  }
})

test('another seed is another run', async () => {
  const [first, second] = [await fingerprintsOf('a', 8), await fingerprintsOf('b', 8)]
  assert.is.not(first.plan, second.plan)
  assert.is.not(first.big, second.big)
})

test('one byte more that is read makes another fingerprint', async () => {
  const fingerprintWith = async (size: number): Promise<string> => {
    const world = await World.open({ seed: 'one byte' })
    world.trace.takeFingerprint()
    const root = world.computer('root', { root: true })
    const writer = world.computer('writer', { upstreams: [root] })
    for (const computer of [root, writer]) await world.during(1_000, () => computer.start())
    const append = () => writer.call('append', { label: 'a', visibility: 'public', entries: [new Uint8Array(size)] })
    const { link } = await world.during(10_000, append)
    await world.during(10_000, () => root.call('entries', { link }))
    return world.trace.fingerprint
  }
  assert.is(await fingerprintWith(100), await fingerprintWith(100))
  assert.is.not(await fingerprintWith(100), await fingerprintWith(101))
})

test('nothing in a run asks the process for time, timers or randomness', async () => {
  const asked: string[] = []
  const undo: (() => void)[] = []
  const watch = <K extends string>(name: string, owner: { [key in K]: unknown }, key: K): void => {
    const original = owner[key] as (...given: unknown[]) => unknown
    undo.push(() => {
      owner[key] = original
    })
    owner[key] = (...given: unknown[]) => {
      asked.push(`${name} ${new Error().stack?.split('\n').slice(2, 5).join(' ')}`)
      return original.apply(owner, given)
    }
  }
  watch('Date.now', Date, 'now')
  watch('Math.random', Math, 'random')
  watch('setTimeout', globalThis, 'setTimeout')
  watch('setInterval', globalThis, 'setInterval')
  watch('getRandomValues', globalThis.crypto, 'getRandomValues')
  watch('randomBytes', nodeCrypto, 'randomBytes')
  watch('randomFillSync', nodeCrypto, 'randomFillSync')
  syncBuiltinESMExports()
  try {
    await fingerprintsOf('d', 12)
    nodeCrypto.randomBytes(1)
  } finally {
    for (const call of undo) call()
    syncBuiltinESMExports()
  }
  assert.is(asked.length, 1, asked.join('\n'))
  assert.ok(asked[0]?.startsWith('randomBytes'), 'this test itself has asked once')
})

test.run()
