// Two ends of a session under virtual time, and the channels between them: each carries records in order, with a window, and
// a test may cut it at any moment, or keep it and change what goes over it.

import type { Crypto } from '../../crypto/index.js'
import { RecentKeys, type ReplayGuard } from '../../noise/index.js'
import { openCall, readCall, type SessionEvent, SessionMachine, type SessionOptions } from '../index.js'

const WINDOW_BYTES = 65_536

export interface End {
  readonly machine: SessionMachine
  readonly bytes: number[]
  readonly events: SessionEvent[]
  /** Whether its program takes what comes. */
  reads: boolean
  untakenBytes: number
}

interface Pipe {
  readonly channel: number
  readonly from: End
  readonly to: End
  waiting: { readonly sealed: Uint8Array; readonly atUs: number }[]
}

export class Pair {
  nowUs = 1_000_000
  readonly crypto: Crypto
  readonly initiator: End
  readonly responder: End
  /** Whether a call comes through. */
  reachable = true
  /** One way. */
  delayUs = 1_000
  calls = 0
  readonly #seeds = { initiator: new Uint8Array(32).fill(0x31), responder: new Uint8Array(32).fill(0x32) }
  readonly #replays: ReplayGuard
  #pipes: Pipe[] = []
  #channels = 0
  #ephemerals = 0

  constructor(crypto: Crypto, options: { readonly windowBytes?: number } = {}) {
    this.crypto = crypto
    const recent = new RecentKeys(new Uint8Array(8))
    this.#replays = { isReplay: (key) => recent.has(key), remember: (key) => recent.add(key) }
    this.initiator = this.#end('initiator', options)
    this.responder = this.#end('responder', options)
    this.call()
  }

  /** The initiator calls, and both sides get a channel. */
  call(): void {
    this.calls++
    if (!this.reachable) {
      this.initiator.machine.handleFailed(this.nowUs, false)
      return
    }
    const { crypto } = this
    const own = (role: 'initiator' | 'responder') => ({
      deviceSeed: this.#seeds[role],
      device: crypto.ed25519.publicKeyFromSeed(this.#seeds[role]),
      ephemeralSeed: crypto.sha256(Uint8Array.of(1 + this.#ephemerals++)),
    })
    const responder = own('responder')
    const call = openCall(crypto, own('initiator'), responder.device, {
      timeMs: 1,
      resume: this.calls > 1,
      id: new Uint8Array(16).fill(5),
      received: this.initiator.machine.received,
      service: 'chat',
      certificate: new Uint8Array(0),
    })
    if (typeof call === 'string') throw new Error(call)
    const incoming = readCall(crypto, responder, call.message, this.#replays)
    if (typeof incoming === 'string') throw new Error(incoming)
    const { received } = this.responder.machine
    const reply = incoming.answer({ status: 'accepted', received, certificate: new Uint8Array(0) })
    if (reply === undefined) throw new Error('no answer')
    const channel = ++this.#channels
    const peerReceived = incoming.hello.received
    this.responder.machine.handleChannel(this.nowUs, { channel, keys: reply.keys, peerReceived })
    const answered = call.handleAnswer(reply.message)
    if (typeof answered === 'string') throw new Error(answered)
    const { keys, answer } = answered
    this.#pipes.push({ channel, from: this.initiator, to: this.responder, waiting: [] })
    this.#pipes.push({ channel, from: this.responder, to: this.initiator, waiting: [] })
    this.initiator.machine.handleChannel(this.nowUs, { channel, keys, peerReceived: answer.received })
  }

  /** Cuts a channel (default: all): what is on its way is lost. */
  cut(which?: number): void {
    const cut = this.#pipes.filter(({ channel }) => which === undefined || channel === which)
    this.#pipes = this.#pipes.filter((pipe) => !cut.includes(pipe))
    for (const { to, channel } of cut) to.machine.handleChannelClosed(this.nowUs, channel, false)
    this.drain()
  }

  /** Swallows what goes over the channels there are, without telling anybody. */
  blackhole(): void {
    this.#pipes = []
  }

  /** Something from outside on the channel that an end is on. */
  inject(to: End, sealed: Uint8Array): void {
    to.machine.handleBytes(this.nowUs, to.machine.channel ?? 0, sealed)
    this.drain()
  }

  write(end: End, bytes: Uint8Array): void {
    end.machine.write(bytes)
    this.drain()
  }

  run(forUs: number): void {
    const untilUs = this.nowUs + forUs
    for (;;) {
      this.drain()
      const times = [this.initiator, this.responder].map(({ machine }) => machine.pollTimeout() ?? untilUs + 1)
      const arrivals = this.#pipes.flatMap(({ waiting }) => waiting.slice(0, 1).map(({ atUs }) => atUs))
      const nextUs = Math.max(this.nowUs, Math.min(...times, ...arrivals))
      if (nextUs > untilUs) break
      this.nowUs = nextUs
      this.#deliver()
      for (const { machine } of [this.initiator, this.responder]) machine.handleTimeout(this.nowUs)
    }
    this.nowUs = untilUs
  }

  /** Takes what has been read so far, of an end that does not by itself. */
  take(end: End): void {
    end.machine.handleTaken(end.untakenBytes)
    end.untakenBytes = 0
    this.drain()
  }

  drain(): void {
    for (const end of [this.initiator, this.responder]) {
      this.#handleEvents(end)
      for (;;) {
        const pipe = this.#pipes.find(({ from, channel }) => from === end && channel === end.machine.channel)
        const used = pipe?.waiting.reduce((sum, { sealed }) => sum + sealed.length, 0) ?? 0
        const sent = end.machine.pollTransmit(WINDOW_BYTES - used)
        this.#handleEvents(end)
        if (sent === undefined) break
        pipe?.waiting.push({ sealed: sent.sealed, atUs: this.nowUs + this.delayUs })
      }
    }
  }

  #deliver(): void {
    for (const pipe of [...this.#pipes]) {
      const next = pipe.waiting[0]
      if (next === undefined || next.atUs > this.nowUs) continue
      pipe.waiting.shift()
      pipe.to.machine.handleBytes(this.nowUs, pipe.channel, next.sealed)
    }
    this.drain()
  }

  #handleEvents(end: End): void {
    for (let event = end.machine.pollEvent(); event !== undefined; event = end.machine.pollEvent()) {
      end.events.push(event)
      if (event.kind === 'data') {
        for (const byte of event.bytes) end.bytes.push(byte)
        if (end.reads) end.machine.handleTaken(event.bytes.length)
        else end.untakenBytes += event.bytes.length
      } else if (event.kind === 'connect') this.call()
    }
  }

  #end(role: SessionOptions['role'], { windowBytes }: { readonly windowBytes?: number }): End {
    const options = { role, nowUs: this.nowUs, ...(windowBytes === undefined ? {} : { windowBytes }) }
    return { machine: new SessionMachine(this.crypto, options), bytes: [], events: [], reads: true, untakenBytes: 0 }
  }
}

/** The kinds of events of an end, data left out, in order. */
export function kinds(end: End): string[] {
  return end.events.filter(({ kind }) => kind !== 'data' && kind !== 'leave').map(({ kind }) => kind)
}
