// What a killed node has left is removed, and what a living one has is not.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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
    writeFileSync(join(home, 'version'), '')
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
    assert.equal(readdirSync(home).sort(), ['config.toml', 'version'])
  }))

test('a home where a node lives keeps what it has, and a home that is not there is not made', () =>
  within(async (home) => {
    const lock = await openRealFiles().lock(home)
    for (const name of ['runnel.sock', 'version']) writeFileSync(join(home, name), '')
    assert.equal(
      await cleanUp(
        home,
        addonThat(() => []),
      ),
      { removed: [], lives: true },
    )
    assert.equal(readdirSync(home).sort(), ['lock', 'runnel.sock', 'version'])
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

test('a directory that is no home keeps what it has, whatever it is called', () =>
  within(async (home) => {
    const names = ['lock', 'lock.old', 'metrics.sock', 'runnel.sock']
    for (const name of names) writeFileSync(join(home, name), 'of another program')
    const noRules = addonThat(() => [])
    assert.equal(await cleanUp(home, noRules), { removed: [], lives: false })
    assert.equal(readdirSync(home).sort(), names)
    assert.equal(await cleanUp(join(home, 'lock'), noRules), { removed: [], lives: false })
  }))

test('what cannot be removed is said as an error of ours', () =>
  within(async (home) => {
    writeFileSync(join(home, 'version'), '')
    mkdirSync(join(home, 'runnel.sock'))
    const error = await cleanUp(
      home,
      addonThat(() => []),
    ).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof RunnelError, String(error))
    assert.equal(readdirSync(home).sort(), ['runnel.sock', 'version'])
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
