// The servers on the interface: while they are being opened or closed they are not settled, however that ends.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeClient } from '../../api/index.js'
import type { LocalServer, RunnelNode } from '../../node/index.js'
import { TunShims } from './tun-shims.js'

const test = suite('cli/up/tun-shims')

/** No machine has it: documentation (RFC 3849). */
const names = '2001:db8::53'

function openOnFake(attach: (server: LocalServer) => () => void) {
  const events: string[] = []
  let tell: (open: boolean) => void = () => {}
  const watch = (listener: (open: boolean) => void): (() => void) => {
    tell = listener
    return () => {}
  }
  const node = { tunnel: { status: { interface: 'tun9', names }, watch }, attach } as unknown as RunnelNode
  const settings = { suffix: 'key', http: [], 'http-wide': [], dns: [] }
  const shims = new TunShims(node, {} as NodeClient, settings, ({ event }) => events.push(event))
  return { shims, events, tell: (open: boolean) => tell(open) }
}

test('they are settled when the name server listens or has said why not, and again when it has ended', async () => {
  const attached = new Set<LocalServer>()
  const { shims, events, tell } = openOnFake((server) => {
    attached.add(server)
    return () => attached.delete(server)
  })
  assert.ok(shims.isSettled, 'there is no interface')
  tell(true)
  assert.not(shims.isSettled)
  assert.is(attached.size, 0)
  await shims.settled()
  assert.ok(shims.isSettled)
  assert.equal([[...attached].map(({ name }) => name), events], [['dns'], ['dns is not served']])
  tell(false)
  tell(true)
  assert.not(shims.isSettled)
  await shims.settled()
  assert.ok(shims.isSettled)
  await shims.close()
  assert.is(attached.size, 0)
})

test('one that fails keeps nobody waiting', async () => {
  const { shims, events, tell } = openOnFake(() => {
    throw new Error('no')
  })
  tell(true)
  await shims.settled()
  assert.ok(shims.isSettled)
  assert.equal(events, ['a server on the interface failed'])
  await shims.close()
})

test.run()
