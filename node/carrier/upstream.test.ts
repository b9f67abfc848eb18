// When an upstream is dialled again: sooner after a link that lasted, and ever later where none does.

import { EventEmitter } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ByteSocket } from '../outside.js'
import { redialFirstMs, redialGrowth, redialLongestMs, steadyLinkMs } from './limits.js'
import { Upstream, type UpstreamOutside } from './upstream.js'

const test = suite('node/carrier/upstream')

/** An upstream that is dialled without chance, and whose last wait is in `waits`. */
function lab() {
  const clock = { nowMs: 0 }
  const waits: { readonly delayMs: number; readonly callback: () => void }[] = []
  const time = {
    now: () => ({ nowMs: clock.nowMs, nowUs: clock.nowMs * 1_000 }),
    after: (delayMs: number, callback: () => void) => {
      waits.push({ delayMs, callback })
      return { cancel: () => {} }
    },
  }
  const connect = () => Object.assign(new EventEmitter(), { destroy: () => {} }) as unknown as ByteSocket
  const outside = { time, sockets: { connect }, randomBytes: () => new Uint8Array(1) } as unknown as UpstreamOutside
  const neighbour = { device: new Uint8Array(32), host: '192.0.2.1', port: 7254 }
  const upstream = new Upstream(
    outside,
    neighbour,
    () => {},
    () => false,
  )
  /** A link that lasts so long; gives the wait after it. */
  const link = (lastsMs: number): number => {
    upstream.dial()
    upstream.handleUp()
    clock.nowMs += lastsMs
    upstream.handleDown('over')
    const delayMs = waits.at(-1)?.delayMs ?? 0
    clock.nowMs += delayMs
    return delayMs
  }
  return { link }
}

test('links that end at once are dialled ever later, and one that lasted is dialled soon again', () => {
  const { link } = lab()
  const waits = Array.from({ length: 40 }, () => link(10))
  assert.equal(waits.slice(0, 3), [redialFirstMs, redialFirstMs * redialGrowth, redialFirstMs * redialGrowth ** 2])
  assert.is(waits.at(-1), redialLongestMs)
  assert.is(link(steadyLinkMs), redialFirstMs)
  assert.ok(link(steadyLinkMs - 1) > redialFirstMs)
})

test.run()
