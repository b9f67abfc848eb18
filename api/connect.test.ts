// The way in: which home is meant, and what is said when nobody answers there.

import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFakeNode } from '../test/api/fake-node.js'
import { failure } from '../test/api/promises.js'
import { connect, homeOf } from './index.js'

const test = suite('connect')

test('the home is the one given, else RUNNEL_HOME, else the data directory of the user', () => {
  const { RUNNEL_HOME, XDG_DATA_HOME } = process.env
  try {
    process.env.RUNNEL_HOME = '/from/variable'
    process.env.XDG_DATA_HOME = '/data'
    assert.is(homeOf({ home: '/given' }), '/given')
    assert.is(homeOf({ home: 'relative' }), join(process.cwd(), 'relative'))
    assert.is(homeOf(), '/from/variable')
    delete process.env.RUNNEL_HOME
    assert.is(homeOf(), '/data/runnel')
    delete process.env.XDG_DATA_HOME
    assert.is(homeOf(), join(homedir(), '.local/share/runnel'))
  } finally {
    restore('RUNNEL_HOME', RUNNEL_HOME)
    restore('XDG_DATA_HOME', XDG_DATA_HOME)
  }
})

test('is NO_NODE with the path where there is no home, no socket, or a socket that nobody serves', async () => {
  const error = await failure(connect({ home: '/nonexistent' }), 'NO_NODE')
  assert.match(error.message, '/nonexistent/runnel.sock')
  const home = mkdtempSync(join(tmpdir(), 'connect-'))
  await failure(connect({ home }), 'NO_NODE')
  writeFileSync(join(home, 'runnel.sock'), '')
  await failure(connect({ home }), 'NO_NODE')
  rmSync(home, { recursive: true })
})

test('is BAD_ARGUMENT for a home whose path is too long for a socket', async () => {
  const error = await failure(connect({ home: `/tmp/${'x'.repeat(120)}` }), 'BAD_ARGUMENT')
  assert.match(error.message, 'too long')
})

test('reaches a home with a long path through a symbolic link', async () => {
  const fake = await openFakeNode({ id: async () => ({ name: 'n', device: '', address: '', home: '' }) })
  const folder = mkdtempSync(join(tmpdir(), 'connect-'))
  symlinkSync(fake.home, join(folder, 'home'))
  const node = await connect({ home: join(folder, 'home') })
  assert.is((await node.id()).name, 'n')
  await node.close()
  await fake.close()
  rmSync(folder, { recursive: true })
})

test('is PERMISSION where the socket belongs to somebody else', async () => {
  // Whoever may do everything is refused nothing.
  if (process.getuid?.() === 0 && !leaveRoot()) return
  const fake = await openFakeNode({})
  chmodSync(fake.path, 0)
  try {
    await failure(connect({ home: fake.home }), 'PERMISSION')
  } finally {
    chmodSync(fake.path, 0o600)
    process.seteuid?.(process.getuid?.() ?? 0)
    await fake.close()
  }
})

test.run()

/** Acts as another user for a while, so that permissions count. */
function leaveRoot(): boolean {
  try {
    process.seteuid?.(65_534)
    return true
  } catch {
    return false
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}
