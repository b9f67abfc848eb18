// What a killed node has left is removed, and what a living one has is not.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../../errors/index.js'
import { openRealFiles } from '../store/index.js'
import type { MachineAddon } from './addon.js'
import { cleanUp } from './clean.js'

const test = suite('node/machine/clean')

function addonThat(removeAbandonedRules: () => number[]): MachineAddon {
  const none = (): never => {
    throw new Error('is not asked')
  }
  return { removeAbandonedRules, examineMachine: none, watchAddresses: none }
}

async function within(use: (home: string) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'clean-'))
  try {
    await use(home)
  } finally {
    rmSync(home, { recursive: true })
  }
}

test('rules, sockets and the lock of a node that is gone are removed, and each is named', () =>
  within(async (home) => {
    for (const name of ['runnel.sock', 'metrics.sock', 'lock']) writeFileSync(join(home, name), '')
    writeFileSync(join(home, 'config.toml'), '')
    const { removed, lives } = await cleanUp(
      home,
      addonThat(() => [7, 7]),
    )
    assert.is(lives, false)
    assert.equal(
      removed.map(({ kind }) => kind),
      ['lock', 'socket', 'socket', 'rule', 'rule'],
    )
    assert.match(removed.at(-1)?.text ?? '', /interface 7/)
    assert.equal(readdirSync(home), ['config.toml'])
  }))

test('a home where a node lives keeps what it has, and a home that is not there is not made', () =>
  within(async (home) => {
    const lock = await openRealFiles().lock(home)
    writeFileSync(join(home, 'runnel.sock'), '')
    assert.equal(
      await cleanUp(
        home,
        addonThat(() => []),
      ),
      { removed: [], lives: true },
    )
    assert.equal(readdirSync(home).sort(), ['lock', 'runnel.sock'])
    lock.release()
    const nowhere = join(home, 'nowhere')
    assert.equal(
      await cleanUp(
        nowhere,
        addonThat(() => []),
      ),
      { removed: [], lives: false },
    )
    assert.not(existsSync(nowhere))
  }))

test('rules that this user may not remove are PERMISSION, with what to do', () =>
  within(async (home) => {
    const denied = addonThat(() => {
      throw new Error('routing 1 Operation not permitted')
    })
    const error = await cleanUp(home, denied).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof RunnelError && error.code === 'PERMISSION' && error.hint.includes('root'))
  }))

test.run()
