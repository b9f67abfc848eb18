// The native datapath behind its door: it takes every command, tells what happens, and its errors say what to do. What needs
// the addon is left out where there is none.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../../errors/index.js'
import type { StreamPacket } from '../../stack/forward/index.js'
import type { DatapathEvent, UdpAddress } from '../../stack/packet/index.js'
import { anyCommand, everyCommand, everyEvent, sampleInterface } from '../../test/samples/datapath.js'
import { findAddon } from '../addon.js'
import type { Datapath } from '../datapath.js'
import { isTunnelAddon, type TunnelAddon } from './addon.js'
import { counterNames } from './counter-names.js'
import { nativeDatapaths } from './native-datapath.js'
import { openSystemDatapath } from './system-datapath.js'
import { encodeEvents, encodeQuestions } from './testing/event-writer.js'

const test = suite('native datapath')
const { addon } = findAddon()
const native = isTunnelAddon(addon) ? addon : undefined
if (native === undefined) console.log('left out: what needs the native addon')

const loopback = (port: number | undefined): UdpAddress => {
  return { address: Uint8Array.of(127, 0, 0, 1), port: port ?? 0 }
}

/** A datapath without an interface, and what it tells. */
function openLabels(addon: TunnelAddon, port = 0) {
  const events: DatapathEvent[] = []
  let wake: () => void = () => {}
  const handleEvents = (some: readonly DatapathEvent[]): void => {
    events.push(...some)
    wake()
  }
  const datapath = nativeDatapaths(addon)({ interface: undefined, port, handleEvents })
  const next = async (): Promise<DatapathEvent> => {
    // The bell keeps no process alive, so this does.
    const alive = setInterval(() => {}, 1_000)
    while (events.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    clearInterval(alive)
    return events.shift() ?? { type: 'gone' }
  }
  return { datapath, next }
}

if (native !== undefined) {
  test('what one sends, the other tells, with its source', async () => {
    const [a, b] = [openLabels(native), openLabels(native)]
    const cookie = new Uint8Array(16).fill(9)
    b.datapath.tell([{ type: 'expect-cookie', cookie }])
    a.datapath.tell([{ type: 'send-cookie', to: loopback(b.datapath.ports.four), cookie }])
    assert.equal(await b.next(), { type: 'cookie', cookie, from: loopback(a.datapath.ports.four) })
    assert.is(b.datapath.counters().get('receives'), 1)
    a.datapath.close()
    b.datapath.close()
  })

  test('every command is taken', () => {
    const { datapath } = openLabels(native)
    datapath.tell(everyCommand)
    const taken = fc.property(fc.array(anyCommand, { maxLength: 50 }), (commands) => {
      // What would leave this machine is not told here.
      datapath.tell(commands.filter(({ type }) => type !== 'send-cookie' && type !== 'probe'))
    })
    fc.assert(taken, { numRuns: 200 })
    datapath.close()
  })

  test('rows that are no commands are refused, and those beside them not done', async () => {
    const { datapath, next } = openLabels(native)
    const bare = native.openTunnel(undefined, 0, () => {})
    assert.throws(() => bare.tell(Uint8Array.of(200)), /no commands/)
    assert.throws(() => native.openTunnel(Uint8Array.of(1), 0, () => {}), /no interface/)
    assert.throws(() => native.openTunnel(undefined, 70_000, () => {}), /port 70000/)
    bare.close()
    datapath.tell([{ type: 'set-label', label: 1, from: loopback(1), to: loopback(2), next: 3 }])
    datapath.tell([{ type: 'report-label', label: 1 }])
    assert.equal(await next(), { type: 'switched', label: 1, switched: { packets: 0, bytes: 0 } })
    datapath.close()
  })

  test('the names of its counters are those that are known here', () => {
    assert.equal(native.tunnelCounterNames(), [...counterNames])
    const { datapath } = openLabels(native)
    assert.equal([...datapath.counters().keys()], [...counterNames])
    datapath.close()
  })

  test('a socket for questions is had with an interface alone', () => {
    const { datapath } = openLabels(native)
    assert.throws(() => datapath.openStreamSocket(() => {}), /no interface/)
    assert.equal(native.streamCounterNames().slice(0, 2), ['heard', 'sent'])
    datapath.close()
  })

  test('its port is the one that was wished for, or another where that is taken', async () => {
    const taken = createSocket('udp4')
    taken.bind(0)
    await once(taken, 'listening')
    const { port } = taken.address()
    const beside = openLabels(native, port)
    assert.is.not(beside.datapath.ports.four, port)
    beside.datapath.close()
    taken.close()
    await once(taken, 'close')
    const wished = openLabels(native, port)
    assert.is(wished.datapath.ports.four, port)
    wished.datapath.close()
  })

  test('one that is closed takes and tells nothing more', async () => {
    const { datapath } = openLabels(native)
    datapath.tell([{ type: 'set-label', label: 1, from: loopback(1), to: loopback(2), next: 3 }])
    datapath.tell([{ type: 'report-label', label: 1 }])
    datapath.close()
    datapath.close()
    datapath.tell(everyCommand)
    assert.is(datapath.counters().get('receives'), 0)
    await new Promise((resolve) => setImmediate(resolve))
  })
}

/** An addon of which the test is the other side. */
function played(rows: Uint8Array, refusal?: string, questions?: Uint8Array) {
  let [bell, questionBell]: (() => void)[] = [() => {}, () => {}]
  const calls: string[] = []
  const addon: TunnelAddon = {
    INTERFACE: 3,
    tunnelCounterNames: () => ['one', 'two'],
    streamCounterNames: () => ['heard', 'sent'],
    openTunnel: (row, port, given) => {
      if (refusal !== undefined) throw new Error(refusal)
      bell = given
      calls.push(`open ${row?.length} ${port}`)
      return {
        name: 'tun3',
        offloads: 2,
        lacking: null,
        portFour: 5,
        portSix: null,
        listen: () => {
          throw new Error('listen 13 Permission denied')
        },
        openStreamSocket: (given) => {
          if (questions === undefined) throw new Error('raw 1 Operation not permitted')
          questionBell = given
          return {
            take: () => questions,
            send: (addresses, head, rest) => {
              calls.push(`send ${addresses.length} ${head.length} ${rest.length}`)
              return true
            },
            counters: () => [3, 4],
            close: () => void calls.push('close questions'),
          }
        },
        tell: (told) => void calls.push(`tell ${told.length}`),
        takeEvents: () => rows,
        counters: () => [7, 8],
        close: () => void calls.push('close'),
      }
    },
  }
  return { addon, calls, ring: () => bell?.(), ask: () => questionBell?.() }
}

const open = (addon: TunnelAddon, heard: DatapathEvent[] = []): Datapath => {
  return nativeDatapaths(addon)({ interface: sampleInterface, port: 9, handleEvents: (some) => heard.push(...some) })
}

test('a bell brings what has happened, and one that comes after the end brings nothing', () => {
  const heard: DatapathEvent[] = []
  const { addon, ring, calls } = played(encodeEvents(everyEvent))
  const datapath = open(addon, heard)
  assert.equal(datapath.interface, { name: 'tun3', offloads: 'tcp-and-udp' })
  assert.equal(datapath.ports, { four: 5, six: undefined })
  assert.equal(
    [...datapath.counters()],
    [
      ['one', 7],
      ['two', 8],
    ],
  )
  assert.throws(
    () => datapath.listen(80),
    (error: unknown) => error instanceof RunnelError && error.code === 'IO',
  )
  ring()
  assert.equal(heard, [...everyEvent])
  datapath.close()
  ring()
  assert.is(heard.length, everyEvent.length)
  assert.equal(calls, ['open 80 9', 'close'])
})

test('questions are told as they come, answers go as they are, and after the end neither does', () => {
  const address = (byte: number) => new Uint8Array(16).fill(byte)
  const packet = { from: address(1), to: address(2), bytes: new Uint8Array(90) }
  const { addon, ask, calls } = played(new Uint8Array(0), undefined, encodeQuestions([packet]))
  const heard: StreamPacket[] = []
  const socket = open(addon).openStreamSocket((packets) => heard.push(...packets))
  ask()
  assert.equal(heard, [packet])
  const answer = { from: address(2), to: address(1), head: new Uint8Array(29), payload: new Uint8Array(5) }
  assert.ok(socket.send(answer))
  assert.equal(
    [...socket.counters()],
    [
      ['heard', 3],
      ['sent', 4],
    ],
  )
  socket.close()
  ask()
  assert.not(socket.send(answer))
  assert.equal([heard.length, [...socket.counters()].map(([, count]) => count)], [1, [0, 0]])
  assert.equal(calls, ['open 80 9', 'send 32 29 5', 'close questions'])
})

test('questions that are none end their socket alone, and one that cannot be had says why', () => {
  const wrong = played(new Uint8Array(0), undefined, Uint8Array.of(1))
  const socket = open(wrong.addon).openStreamSocket(() => assert.unreachable('nothing is told'))
  wrong.ask()
  assert.equal(wrong.calls, ['open 80 9', 'close questions'])
  assert.not(
    socket.send({
      from: new Uint8Array(16),
      to: new Uint8Array(16),
      head: new Uint8Array(4),
      payload: new Uint8Array(0),
    }),
  )
  try {
    open(played(new Uint8Array(0)).addon).openStreamSocket(() => {})
    assert.unreachable()
  } catch (error) {
    if (!(error instanceof RunnelError)) throw error
    assert.is(error.code, 'IO')
    assert.match(error.message, /protocol 253 is not heard.*not permitted/)
    assert.match(error.hint, /CAP_NET_RAW/)
  }
})

test('an addon that tells what is no event counts as gone', () => {
  const heard: DatapathEvent[] = []
  const { addon, ring, calls } = played(Uint8Array.of(99))
  const datapath = open(addon, heard)
  ring()
  assert.equal(heard, [{ type: 'gone' }])
  assert.equal(calls.at(-1), 'close')
  datapath.tell(everyCommand)
  assert.is(calls.length, 2)
})

test('what cannot be opened says what is missing', () => {
  const refusals: [string, string, RegExp, RegExp][] = [
    ['interface 1 Operation not permitted', 'NO_TUN', /may not make a network interface/, /CAP_NET_ADMIN/],
    ['interface 2 No such file', 'NO_TUN', /has no \/dev\/net\/tun/, /modprobe tun/],
    ['interface 13 Permission denied', 'NO_TUN', /may not be opened/, /0666/],
    ['interface 16 Device or resource busy', 'NO_TUN', /taken/, /--tun NAME/],
    ['address 13 Permission denied', 'NO_TUN', /IPv6 is switched off/, /disable_ipv6/],
    ['route 1 Operation not permitted', 'NO_TUN', /set the route/, /CAP_NET_ADMIN/],
    ['link 99 Strange', 'NO_TUN', /link 99 Strange/, /doctor/],
    ['socket 24 Too many open files', 'IO', /no UDP port.*Too many open files/, /./],
    ['something else', 'NO_TUN', /something else/, /doctor/],
  ]
  for (const [told, code, message, hint] of refusals) {
    try {
      open(played(new Uint8Array(0), told).addon)
      assert.unreachable(told)
    } catch (error) {
      if (!(error instanceof RunnelError)) throw error
      assert.is(error.code, code, told)
      assert.match(error.message, message)
      assert.match(error.hint, hint)
    }
  }
})

test('without an addon that fits, it says what was tried', () => {
  const options = { interface: undefined, port: 0, handleEvents: () => {} }
  const none = () => ({ addon: undefined, file: undefined, failures: [{ file: 'x.node', reason: 'not there' }] })
  assert.throws(() => openSystemDatapath(options, none), /no native addon.*x\.node: not there/)
  const other = () => ({ addon: { INTERFACE: 1 }, file: 'y.node', failures: [] })
  assert.throws(() => openSystemDatapath(options, other), /y\.node: carries no packets/)
})

test.run()
