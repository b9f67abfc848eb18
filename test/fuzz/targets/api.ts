// Targets of the API: CBOR, frames cut anyhow, messages, parameters, and a whole connection of a client.

import { Duplex } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import {
  decodeClientMessage,
  decodeFrame,
  decodeNodeMessage,
  encodeFrame,
  type Frame,
  FrameSplitter,
  helloFrame,
  methodNames,
  socketChannel,
} from '../../../api/protocol/index.js'
import { isRunnelError } from '../../../errors/index.js'
import { serveClient } from '../../../node/api-server/connection.js'
import { maxCalls } from '../../../node/api-server/limits.js'
import { checkParams } from '../../../node/api-server/params.js'
import { maxRequestBytes } from '../../../node/metrics/limits.js'
import { decodeScrapeRequest } from '../../../node/metrics/request.js'
import { concat } from '../../../stack/bytes/index.js'
import { fakeHandlers } from '../../api/fake-node.js'
import { Choices, choose } from '../choices.js'
import { codec } from '../codec.js'
import { words } from '../samples.js'
import { demand, type Target } from '../target.js'

const body = (frame: Frame): Uint8Array => encodeFrame(frame).slice(4)
const terms = words(
  'id',
  'method',
  'params',
  'credit',
  'cancel',
  'result',
  'error',
  'item',
  '__proto__',
  'constructor',
  'link',
)
const common = { words: terms, allocatesBytes: 1 << 16 } as const

const sampleParams: readonly Frame[] = [
  { for: 'head', link: 'l', timeoutMs: 1 },
  { path: '/a', label: 'l', visibility: 'public' },
  { link: 'l', output: '/o', maxAgeS: 1, refuseStale: true, idleTimeoutMs: 1 },
  { link: 'l', sequence: 1, log: 'l', from: 0, to: 1 },
  { label: 'l', entries: [new Uint8Array(3)], visibility: 'unlisted' },
  { petname: 'p', name: 'n' },
]

const sampleFrames: readonly Frame[] = [
  helloFrame('client'),
  helloFrame('node'),
  { id: 1, method: 'status', params: {} },
  { id: 2, method: 'entries', params: sampleParams[3] },
  { id: 1, credit: 4_000 },
  { id: 2, cancel: true },
  { id: 3, result: { a: [1, -1, 1.5, null, true, 'text'] } },
  { id: 3, item: new Uint8Array(5) },
  { id: 3, error: { code: 'IO' } },
]

export const apiTargets: readonly Target[] = [
  codec({
    ...common,
    name: 'api/protocol/frame',
    covers: ['decodeFrame', 'decodeCbor'],
    corpora: ['api/protocol/corpus/frame'],
    seeds: () => [...sampleFrames, ...sampleParams].map(body),
    decode: decodeFrame,
    check: (frame) => {
      // Undefined members are left out and −0 is written as 0; what is written then stays itself.
      const written = decodeFrame(body(frame))
      demand(typeof written !== 'string', `what is read can be written, and not ${String(written)}`)
      demand(isDeepStrictEqual(decodeFrame(body(written)), written), 'a frame stays itself')
      demand(Object.keys(Object.prototype).length === 0, 'nothing is added to what all objects have')
    },
  }),
  codec({
    ...common,
    name: 'api/protocol/message',
    covers: ['decodeClientMessage', 'decodeNodeMessage'],
    corpora: ['api/protocol/corpus/client-message', 'api/protocol/corpus/node-message'],
    seeds: () => sampleFrames.map(body),
    decode: decodeFrame,
    check: (frame) => {
      const [client, node] = [decodeClientMessage(frame), decodeNodeMessage(frame)]
      for (const message of [client, node]) {
        if (message === undefined || message.kind === 'hello') continue
        demand(Number.isSafeInteger(message.id) && message.id >= 0, 'an id is a count')
      }
      if (client?.kind === 'credit') demand(Number.isSafeInteger(client.credit) && client.credit >= 0, 'credit too')
    },
  }),
  codec({
    ...common,
    name: 'api/protocol/params',
    covers: [],
    // A check makes its own arrays; none of them is of a claimed size.
    allocatesBytes: 1 << 20,
    seeds: () => sampleParams.map(body),
    decode: decodeFrame,
    check: (frame) => {
      for (const method of methodNames) {
        try {
          checkParams(method, frame)
        } catch (thrown) {
          demand(isRunnelError(thrown, 'BAD_ARGUMENT'), `bad parameters are BAD_ARGUMENT, and not ${String(thrown)}`)
        }
      }
    },
  }),
  codec({
    name: 'node/metrics/request',
    covers: ['decodeScrapeRequest'],
    corpora: ['node/metrics/corpus/request'],
    inputBytes: 2 * maxRequestBytes,
    // A pattern that finds its match costs what it is tried on, whatever the input.
    allocatesBytes: 1 << 18,
    words: words('GET ', 'HEAD ', '/metrics', ' HTTP/1.1', '\r\n', '\r\n\r\n', 'http://', 'Host: a', '?', '#'),
    seeds: () => [Buffer.from('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    decode: decodeScrapeRequest,
    check: ({ method, path }, bytes) => {
      demand(method !== '' && path !== '' && !/[\s?#]/.test(path), 'a request has a method and a path without query')
      demand(path.length + method.length < bytes.length, 'nothing is longer than what came')
      for (const length of [0, 1, 13]) {
        demand(
          decodeScrapeRequest(bytes.subarray(0, length)) === 'more',
          'a request that is cut early has more to come',
        )
      }
    },
  }),
  {
    ...common,
    name: 'api/protocol/splitter',
    kind: 'machine',
    covers: [],
    seeds: () => [choose(3, ...sampleFrames.flatMap((frame) => [...encodeFrame(frame)]))],
    run: runSplitter,
  },
  {
    ...common,
    name: 'node/api-server/connection',
    kind: 'machine',
    covers: [],
    allocatesBytes: 16 << 20,
    seeds: () => [choose(0, 7, ...concat(...sampleFrames.slice(0, 6).map(encodeFrame)))],
    run: runConnection,
  },
]

/** Frames come out the same however the stream is cut, up to the first that is none. */
function runSplitter(bytes: Uint8Array): void {
  const choices = new Choices(bytes)
  const cut = 1 + choices.below(64)
  const stream = choices.rest()
  const [whole, pieces] = [stream.length, cut].map((size) => {
    const splitter = new FrameSplitter()
    const frames: Frame[] = []
    for (let at = 0; at < stream.length; at += Math.max(1, size)) {
      splitter.push(stream.slice(at, at + size), (frame) => frames.push(frame) > 0)
    }
    return { frames, refused: splitter.refused }
  })
  demand(isDeepStrictEqual(whole?.frames, pieces?.frames), 'frames are the same however the stream is cut')
  // A length that cannot be is refused as soon as it is there, which may be before the frame in front of it is whole.
  demand(whole?.refused === pieces?.refused, 'and so is the refusal')
}

/** A client that says anything: it gets hello, answers to its calls, and at most one BAD_FRAME at the end. */
async function runConnection(bytes: Uint8Array): Promise<void> {
  const choices = new Choices(bytes)
  const [abrupt, cut] = [choices.below(2) === 1, 1 + choices.u8()]
  const told = new FrameSplitter()
  const frames: Frame[] = []
  const socket = new Duplex({
    read() {},
    write(chunk: Uint8Array, _encoding, done) {
      told.push(chunk, (frame) => frames.push(frame) > 0)
      done()
    },
  })
  let ends = 0
  serveClient(socketChannel(socket), handlers, checkParams, () => ends++)
  const stream = choices.rest()
  for (let at = 0; at < stream.length; at += cut) socket.push(stream.slice(at, at + cut))
  await settled()
  if (abrupt) socket.destroy()
  else socket.push(null)
  await settled()
  socket.destroy()
  await settled()
  demand(ends === 1, `a connection ends once, and not ${ends} times`)
  demand(told.refused === undefined, 'a node says nothing but frames')
  const messages = frames.map(decodeNodeMessage)
  demand(messages[0]?.kind === 'hello' && !messages.includes(undefined), 'first hello, then messages')
  const errors = frames.filter(({ id }) => id === 0)
  demand(errors.length <= 1, 'at most one word about the connection')
  demand(frames.length <= 1 + errors.length + stream.length * (maxItems + 1), 'no more is told than was asked for')
  demand(frames.length < maxCalls * (maxItems + 3), 'and no more calls run than are allowed')
}

const maxItems = 3

/** Answers that a client can count: some items, then what it asked; one call never ends but by being cancelled. */
const handlers = fakeHandlers({
  status: async () => ({}) as never,
  entries: async (_params, call) => {
    for (let count = 0; count < maxItems; count++) await call.item({} as never)
    return {} as never
  },
  wait: (_params, { signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  open: async () => {
    throw new RangeError('a handler with a defect')
  },
})

/** Everything that was begun has had its turn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
