// Targets of stack/link: the bytes of a connection in any pieces, from strangers, from replayers and from peers that have
// shaken hands and mean ill.

import { concat } from '../../../stack/bytes/index.js'
import { encodeHello } from '../../../stack/link/hello.js'
import { Inbound } from '../../../stack/link/inbound.js'
import { openInitiator, openResponder } from '../../../stack/link/index.js'
import { HANDSHAKE_TIMEOUT_US, MAX_QUEUED_BYTES } from '../../../stack/link/limits.js'
import { RecordSealer } from '../../../stack/link/record.js'
import { Forger, forgeMessage2, honestHello, withLength } from '../../link/forger.js'
import { End, initiatorOptions, responderOptions, startUs } from '../../link/pair.js'
import { Choices, choose } from '../choices.js'
import { rememberingCrypto as crypto } from '../remembering.js'
import { demand, type Target } from '../target.js'

const hello = encodeHello(honestHello(crypto))
const common = { kind: 'machine', allocatesBytes: 1 << 20, inputBytes: 2_048, casesInCi: 700 } as const
const ping = [1, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1]

export const linkTargets: readonly Target[] = [
  {
    ...common,
    name: 'stack/link/responder',
    covers: ['openResponder'],
    seeds: sessions,
    run: (bytes) => runLink(bytes, false),
  },
  {
    ...common,
    name: 'stack/link/initiator',
    covers: ['openInitiator'],
    seeds: sessions,
    run: (bytes) => runLink(bytes, true),
  },
  {
    ...common,
    name: 'stack/link/inbound',
    casesInCi: 1_400,
    covers: [],
    seeds: () => [choose(3, 1, 9, withLength(new Uint8Array(20)))],
    run: runInbound,
  },
]

/** What a peer can do, each step by a number of its own. */
const step = { noise: 0, greet: 1, seal: 2, wait: 3, send: 4, replay: 5, cut: 6, expect: 7, end: 8 } as const

function sessions(): Uint8Array[] {
  const announce = Uint8Array.from([0x14, 0, 0, 2, 2, 0])
  const frames = Uint8Array.from([0x12, 0, 0, 1, 9, 0x10, 0x18, 0, 0, 0x91, 0, 0, 0, ...ping])
  return [
    choose(0, step.greet, hello, step.seal, announce, step.seal, frames, step.wait, 200, step.send, 0x11, hello),
    choose(3, step.greet, hello, step.seal, announce, step.replay, step.seal, frames),
    choose(0, step.greet, hello, step.wait, 255, step.wait, 255),
    choose(0, step.greet, hello, step.send, 0x11, hello, step.seal, announce, step.send, 0x11, hello),
    choose(1, step.noise, concat(Uint8Array.of(0, 143), new Uint8Array(143))),
    choose(
      0,
      step.greet,
      hello,
      step.seal,
      announce,
      step.wait,
      150,
      step.seal,
      Uint8Array.from([2, ...ping.slice(1)]),
      step.wait,
      250,
      step.wait,
      250,
    ),
  ]
}

/** The other end of the connection, as whoever owns its key can be. */
class Peer {
  readonly opening: Uint8Array | undefined
  readonly #forger: Forger | undefined
  #sealer: RecordSealer | undefined
  #keysFrom: ((message2: Uint8Array) => void) | undefined
  last: Uint8Array = new Uint8Array(0)

  /** `opening` is what the initiator has sent; undefined towards a responder. */
  constructor(opening: Uint8Array | undefined) {
    this.opening = opening
    this.#forger = opening === undefined ? new Forger(crypto) : undefined
  }

  hear(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#keysFrom?.(bytes)
    this.#keysFrom = undefined
  }

  /** A handshake message with any payload. */
  greet(payload: Uint8Array): Uint8Array {
    if (this.opening !== undefined) return forgeMessage2(crypto, this.opening, payload)
    const forger = this.#forger as Forger
    const message = forger.message1(payload)
    this.#keysFrom = (message2) => {
      this.#sealer = new RecordSealer(crypto, forger.keys(message2).send)
    }
    return message
  }

  /** A record with any frames, or the frames alone before there are keys. */
  seal(frames: Uint8Array): Uint8Array {
    return this.#sealer === undefined || frames.length === 0 ? withLength(frames) : this.#sealer.seal(frames)
  }
}

function runLink(bytes: Uint8Array, initiating: boolean): void {
  const choices = new Choices(bytes)
  const cutBytes = choices.u8()
  const cut = cutBytes === 0 ? undefined : () => cutBytes
  const end = new End(
    initiating ? openInitiator(crypto, initiatorOptions(crypto)) : openResponder(crypto, responderOptions(crypto)),
  )
  const opening = initiating ? end.transmit() : undefined
  const peer = new Peer(opening)
  let nowUs = startUs
  let [received, greeted] = [0, false]
  const bring = (given: Uint8Array): void => {
    if (given.length === 0) return
    received += given.length
    end.receive(nowUs, given, cut)
    peer.last = given
    const sent = end.transmit()
    if (!initiating && end.up === undefined) demand(end.sentBytes <= received, 'a stranger gets no more than it sent')
    if (!initiating && !greeted) demand(end.sentBytes === 0, 'who has not proven itself gets nothing')
    peer.hear(sent)
  }
  for (let steps = 0; choices.left > 0 && steps < 60; steps++) {
    switch (choices.below(9)) {
      case step.noise:
        bring(choices.block16())
        break
      case step.greet:
        if (greeted) break
        greeted = true
        bring(peer.greet(choices.block16().subarray(0, 300)))
        break
      case step.seal:
        bring(peer.seal(choices.block16()))
        break
      case step.wait:
        nowUs += choices.u8() * 100_000
        advance(end, nowUs)
        break
      case step.send: {
        const [type, body] = [choices.u8(), choices.block16()]
        const taken = end.link.sendFrame(type, 0, body)
        demand(!taken || end.up !== undefined, 'no frame is taken before the link is up')
        break
      }
      case step.replay:
        bring(peer.last)
        break
      case step.cut:
        bring(peer.seal(choices.block16()).subarray(0, choices.u8()))
        break
      case step.expect:
        end.link.expectAnswer(nowUs)
        break
      default:
        if (choices.below(8) === 0) end.link.handleEnd()
    }
    checkEnd(end)
  }
  peer.hear(end.transmit())
  advance(end, nowUs + 4 * HANDSHAKE_TIMEOUT_US + 40_000_000)
  demand(end.down !== undefined, 'a link whose peer says nothing any more ends')
}

function advance(end: End, untilUs: number): void {
  for (let count = 0; ; count++) {
    demand(count < 200, 'timeouts come to an end')
    const next = end.link.pollTimeout()
    if (next === undefined || next.atUs > untilUs) return
    end.wake(next.atUs)
    end.transmit()
    const after = end.link.pollTimeout()
    demand(after === undefined || after.atUs > next.atUs, 'a deadline that was met is over')
  }
}

function checkEnd(end: End): void {
  end.drain()
  const kinds = end.events.map(({ kind }) => kind)
  demand(['', 'up', 'down', 'up,down'].includes(kinds.join()), `up at most once, then down: ${kinds.join()}`)
  demand(end.frames.length === 0 || end.up !== undefined, 'no frame comes before the link is up')
  demand(end.link.queuedBytes <= MAX_QUEUED_BYTES, 'what waits is bounded')
  if (end.down === undefined) return
  demand(end.link.queuedBytes === 0 && end.link.pollTransmit() === undefined, 'what has ended says nothing')
  demand(end.link.pollTimeout() === undefined, 'and waits for nothing')
  demand(!end.link.sendFrame(0x11, 0, new Uint8Array(1)), 'and takes nothing')
}

/** Messages come out the same however the stream is cut. */
function runInbound(bytes: Uint8Array): void {
  const choices = new Choices(bytes)
  const [cut, least, most] = [1 + choices.below(64), choices.below(8), 8 + choices.u8()]
  const stream = choices.rest()
  const messages = [stream.length, cut].map((size) => {
    const inbound = new Inbound()
    const found: string[] = []
    for (let at = 0; at < stream.length; at += Math.max(1, size)) {
      inbound.handleBytes(stream.slice(at, at + size))
      for (let message = inbound.pollMessage(least, most); message; message = inbound.pollMessage(least, most)) {
        found.push(typeof message === 'string' ? message : Buffer.from(message).toString('hex'))
        if (typeof message === 'string') return found.join()
        demand(message.length >= least && message.length <= most, 'a message has a length that was allowed')
      }
      demand(inbound.heldBytes <= 2 + most, 'no more is held than a message')
    }
    return found.join()
  })
  demand(messages[0] === messages[1], 'messages are the same however the stream is cut')
}
