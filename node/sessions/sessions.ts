// All conversations of a node: those that others begin with its services, those that it begins, and the channels that they
// are on. Quotas come before any public-key work.

import { RunnelError } from '../../errors/index.js'
import { KeyMap, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import type { ChannelEvent, CloseReason } from '../../stack/forward/index.js'
import type { NameState } from '../../stack/name/index.js'
import { RecentKeys, type ReplayGuard } from '../../stack/noise/index.js'
import { type CallStatus, type IncomingCall, readCall } from '../../stack/session/index.js'
import type { Hub } from '../hub.js'
import type { Time, Timer } from '../outside.js'
import { type CallOutcome, Calls } from './calls.js'
import type { Conversation, Peer } from './conversation.js'
import {
  callsPerSecond,
  halfOpenMs,
  maxCallsAtOnce,
  maxHalfOpenSessions,
  maxSessions,
  maxSessionsOfDevice,
  maxUntakenBytes,
  ownServiceBytes,
  sessionsToDial,
} from './limits.js'
import { provenName } from './proven-name.js'
import { ownPrefix, type ServeOptions, type ServiceHandler, Services } from './services.js'
import { Talk, type TalkHub } from './talk.js'

export interface SessionsOptions {
  readonly crypto: Crypto
  readonly time: Time
  readonly randomBytes: (count: number) => Uint8Array
  readonly hub: TalkHub & Pick<Hub, 'openChannel' | 'acceptChannel' | 'rooms'>
  readonly device: Uint8Array
  readonly deviceSeed: Uint8Array
  /** What is held of a name. */
  readonly heldName: (name: Uint8Array) => NameState | undefined
  /** The certificate of our own name, as others can check it. */
  readonly ownCertificate: () => Uint8Array
}

export interface SessionCounters {
  /** Conversations that were begun from here and by others. */
  dialled: number
  accepted: number
  /** Calls that were refused, and messages that were no call. */
  refused: number
  badCalls: number
  replayed: number
  /** Changes of the channel. */
  resumed: number
  lost: number
}

/** How asking a device whether it is there ended; `through` is the neighbour on the way, none for this device itself. */
export type Measured =
  | { readonly reached: true; readonly through: Uint8Array | undefined }
  | { readonly reached: false; readonly reason: CloseReason }

/** A service that nobody may have: names of the node's own begin with this. */
const measuringService = `${ownPrefix}measure`

export interface SessionsState {
  readonly open: number
  readonly resuming: number
  readonly opening: number
  readonly bufferedBytes: number
}

export class Sessions {
  readonly services = new Services()
  readonly counters: SessionCounters = {
    dialled: 0,
    accepted: 0,
    refused: 0,
    badCalls: 0,
    replayed: 0,
    resumed: 0,
    lost: 0,
  }
  readonly #options: SessionsOptions
  readonly #calls: Calls
  readonly #replays: ReplayGuard
  readonly #talks = new Set<Talk>()
  readonly #byChannel = new Map<number, Talk>()
  /** Others' conversations by their device and number. */
  readonly #byPeer = new Map<string, Talk>()
  readonly #ofDevice: KeyMap<number>
  /** Others' that have not spoken. */
  readonly #halfOpen = new Map<Talk, Timer>()
  readonly #handlers = new Map<Talk, ServiceHandler>()
  #closed = false
  /** Calls that may be read now, and when that was counted. */
  #mayReadCalls = maxCallsAtOnce
  #readUs: number

  constructor(options: SessionsOptions) {
    this.#options = options
    this.#readUs = options.time.now().nowUs
    this.#calls = new Calls(options)
    const recent = new RecentKeys(options.randomBytes(8))
    this.#replays = { isReplay: (key) => recent.has(key), remember: (key) => recent.add(key) }
    this.#ofDevice = new KeyMap(options.randomBytes(8))
  }

  /** Conversations now. */
  get count(): number {
    return this.#talks.size
  }

  /** How they stand: those on a channel, those that look for a way, those whose caller has not spoken; what they hold. */
  get state(): SessionsState {
    let without = 0
    let bufferedBytes = 0
    for (const { machine } of this.#talks) {
      if (machine.channel === undefined) without++
      bufferedBytes += machine.bufferedBytes
    }
    const opening = this.#halfOpen.size
    return { open: this.#talks.size - without, resuming: without - opening, opening, bufferedBytes }
  }

  /** Answers for a service from now on, until the function that is given is called. Throws BAD_ARGUMENT, EXISTS. */
  serve(name: string, handler: ServiceHandler, options: ServeOptions = {}): () => void {
    return this.services.add({ name, handler, ...options })
  }

  /** Calls one device for a service, once; `done` is called once, perhaps at once. Gives what cancels it. */
  call(
    device: Uint8Array,
    service: string,
    done: (outcome: Conversation | CloseReason | CallStatus) => void,
  ): () => void {
    const { randomBytes, ownCertificate, time } = this.#options
    if (!this.#hasRoom(device)) {
      done('Busy')
      return () => {}
    }
    const id = randomBytes(16)
    const hello = { timeMs: time.now().nowMs, resume: false, id, received: 0, service, certificate: ownCertificate() }
    const channel = this.#calls.call(device, hello, (outcome) => {
      done(this.#begin(device, service, id, outcome))
    })
    return () => {
      if (channel !== undefined) this.#calls.cancel(channel)
    }
  }

  /**
   * Asks a device whether it is there, over `hops` links at most: for a service that none has, so its answer is sealed by it
   * and begins nothing. `done` is called once, perhaps at once. Gives what cancels it.
   */
  measure(device: Uint8Array, hops: number, done: (outcome: Measured) => void): () => void {
    const { randomBytes, time, hub } = this.#options
    if (this.#closed) {
      done({ reached: false, reason: 'Reset' })
      return () => {}
    }
    const plain = { resume: false, received: 0, service: measuringService, certificate: new Uint8Array(0) }
    const hello = { timeMs: time.now().nowMs, id: randomBytes(16), ...plain }
    const handle = (outcome: CallOutcome): void => {
      if (outcome.kind === 'failed') {
        done({ reached: false, reason: outcome.reason })
        return
      }
      hub.closeChannel(outcome.channel, 'Done')
      done({ reached: true, through: outcome.through })
    }
    const channel = this.#calls.call(device, hello, handle, hops)
    return () => {
      if (channel !== undefined) this.#calls.cancel(channel)
    }
  }

  handleChannelEvent(event: ChannelEvent): void {
    const { channel } = event
    const { nowUs } = this.#options.time.now()
    switch (event.kind) {
      case 'channel-opened':
        this.#handleOpened(channel, event.message)
        return
      case 'channel-accepted':
        this.#calls.handleAccepted(channel, event.message, event.through)
        return
      case 'channel-bytes': {
        const talk = this.#byChannel.get(channel)
        if (talk === undefined) return
        talk.machine.handleBytes(nowUs, channel, event.sealed)
        talk.pump()
        return
      }
      case 'channel-room':
        this.#byChannel.get(channel)?.pump()
        return
      case 'channel-way':
        this.#byChannel.get(channel)?.ways.handleWay(channel, event.index, event.way)
        return
      case 'channel-closed': {
        if (this.#calls.handleClosed(channel, event.reason)) return
        const talk = this.#byChannel.get(channel)
        this.#byChannel.delete(channel)
        talk?.ways.forget(channel)
        talk?.machine.handleChannelClosed(nowUs, channel, event.reason === 'Done')
        talk?.pump()
      }
    }
  }

  /** There may be a way again for conversations that have none. */
  handleLinkUp(): void {
    for (const talk of this.#talks) {
      talk.machine.handleLinkUp(this.#options.time.now().nowUs)
      talk.pump()
    }
  }

  /** Ends every conversation; the other sides are told. */
  close(): void {
    this.#closed = true
    for (const talk of [...this.#talks]) {
      talk.machine.reset('ending', 'the node is ending')
      talk.pump()
    }
  }

  /** `kept`: places that are left to others. */
  #hasRoom(device: Uint8Array, kept = 0): boolean {
    const isFull = this.#talks.size >= maxSessions - kept
    return !this.#closed && !isFull && (this.#ofDevice.get(device) ?? 0) < maxSessionsOfDevice
  }

  /** Ours, when it was answered. */
  #begin(
    device: Uint8Array,
    service: string,
    id: Uint8Array,
    outcome: CallOutcome,
  ): Conversation | CloseReason | CallStatus {
    if (outcome.kind === 'failed') return outcome.reason
    const { channel, answer, keys } = outcome
    const { hub, crypto, heldName, time } = this.#options
    if (answer.status !== 'accepted' || !this.#hasRoom(device)) {
      hub.closeChannel(channel, 'Done')
      return answer.status === 'accepted' ? 'Busy' : answer.status
    }
    const name = provenName(crypto, device, answer.certificate, heldName)
    const talk = this.#add('initiator', { device, name, certificate: answer.certificate.slice() }, service, id)
    this.counters.dialled++
    this.#byChannel.set(channel, talk)
    talk.machine.handleChannel(time.now().nowUs, { channel, keys, peerReceived: answer.received })
    talk.pump()
    return talk.conversation
  }

  #handleOpened(channel: number, message: Uint8Array): void {
    const { hub, crypto, device, deviceSeed, randomBytes } = this.#options
    if (this.#closed || !this.#mayRead()) {
      this.counters.refused++
      hub.closeChannel(channel, 'Busy')
      return
    }
    const call = readCall(crypto, { device, deviceSeed, ephemeralSeed: randomBytes(32) }, message, this.#replays)
    if (typeof call === 'string') {
      if (call === 'replayed') this.counters.replayed++
      else this.counters.badCalls++
      hub.closeChannel(channel, 'Bad')
    } else if (call.hello.resume) this.#resume(channel, call)
    else this.#accept(channel, call)
  }

  #accept(channel: number, call: IncomingCall): void {
    const { crypto, heldName, time } = this.#options
    const { device, id, service, certificate } = call.hello
    const key = peerKey(device, id)
    const name = provenName(crypto, device, certificate, heldName)
    const found = this.services.find(service, { device, name })
    if (typeof found === 'string' || !this.#hasRoom(device, sessionsToDial) || this.#byPeer.has(key)) {
      this.counters.refused++
      this.#answer(channel, call, typeof found === 'string' ? found : 'Busy', 0)
      return
    }
    const keys = this.#answer(channel, call, 'accepted', 0)
    if (keys === undefined) return
    const talk = this.#add(
      'responder',
      { device: device.slice(), name, certificate: certificate.slice() },
      service,
      id.slice(),
    )
    this.#byPeer.set(key, talk)
    this.#handlers.set(talk, found.handler)
    // Whoever calls and never speaks, or repeats what somebody else has sent, holds its place for a while and no longer.
    if (this.#halfOpen.size >= maxHalfOpenSessions) this.#giveWay()
    this.#halfOpen.set(
      talk,
      time.after(halfOpenMs, () => giveUp(talk)),
    )
    this.#byChannel.set(channel, talk)
    talk.machine.handleChannel(time.now().nowUs, { channel, keys, peerReceived: call.hello.received })
    talk.pump()
  }

  /** Whether one more call may cost public-key work now. */
  #mayRead(): boolean {
    const { nowUs } = this.#options.time.now()
    const earned = ((nowUs - this.#readUs) / 1_000_000) * callsPerSecond
    this.#readUs = nowUs
    this.#mayReadCalls = Math.min(maxCallsAtOnce, this.#mayReadCalls + Math.max(0, earned))
    if (this.#mayReadCalls < 1) return false
    this.#mayReadCalls -= 1
    return true
  }

  /** Ends one that has not spoken: the oldest of the device that has the most of them. */
  #giveWay(): void {
    const oldest = new KeyMap<Talk>(this.#options.randomBytes(8))
    const counts = new KeyMap<number>(this.#options.randomBytes(8))
    let least: Talk | undefined
    let most = 0
    for (const talk of this.#halfOpen.keys()) {
      const { device } = talk.peer
      const count = (counts.get(device) ?? 0) + 1
      counts.set(device, count)
      if (count === 1) oldest.set(device, talk)
      if (count > most) {
        most = count
        least = oldest.get(device)
      }
    }
    if (least !== undefined) giveUp(least)
  }

  #resume(channel: number, call: IncomingCall): void {
    const { device, id, received } = call.hello
    const talk = this.#byPeer.get(peerKey(device, id))
    if (talk === undefined) {
      this.#answer(channel, call, 'NoSession', 0)
      return
    }
    const keys = this.#answer(channel, call, 'accepted', talk.machine.received)
    if (keys === undefined) return
    this.counters.resumed++
    this.#byChannel.set(channel, talk)
    talk.machine.handleChannel(this.#options.time.now().nowUs, { channel, keys, peerReceived: received })
    talk.pump()
  }

  #answer(channel: number, call: IncomingCall, status: CallStatus, received: number) {
    const { hub, ownCertificate } = this.#options
    const answered = call.answer({ status, received, certificate: ownCertificate() })
    if (answered === undefined) {
      hub.closeChannel(channel, 'Bad')
      return undefined
    }
    hub.acceptChannel(channel, answered.message)
    if (status === 'accepted') return answered.keys
    hub.closeChannel(channel, 'Done')
    return undefined
  }

  #add(role: 'initiator' | 'responder', peer: Peer, service: string, id: Uint8Array) {
    const { crypto, time, hub } = this.#options
    const windowBytes = Math.floor(maxUntakenBytes / (this.#talks.size + 1))
    const talk = new Talk({
      crypto,
      time,
      hub,
      rooms: hub.rooms,
      role,
      id,
      service,
      windowBytes: Math.min(windowBytes, 4_194_304),
      // What answers strangers holds little for each of them.
      unacknowledgedBytes: role === 'responder' && service.startsWith(ownPrefix) ? ownServiceBytes : undefined,
      peer,
      handleUp: (up) => this.#handleUp(up),
      handleConnect: (lost) => this.#reconnect(lost, service),
      handleLeft: (channel) => {
        this.#byChannel.get(channel)?.ways.forget(channel)
        this.#byChannel.delete(channel)
      },
      handleOver: (over) => this.#remove(over),
    })
    this.#talks.add(talk)
    this.#ofDevice.set(peer.device, (this.#ofDevice.get(peer.device) ?? 0) + 1)
    return talk
  }

  #handleUp(talk: Talk): void {
    this.#halfOpen.get(talk)?.cancel()
    this.#halfOpen.delete(talk)
    const handler = this.#handlers.get(talk)
    this.#handlers.delete(talk)
    if (handler === undefined) return
    this.counters.accepted++
    const { conversation } = talk
    void (async () => handler(conversation))().catch((error: unknown) => {
      conversation.reset(error instanceof RunnelError ? error.message : 'the service has failed')
    })
  }

  #reconnect(talk: Talk, service: string): void {
    const { time, ownCertificate } = this.#options
    const { id, machine, peer } = talk
    const { received } = machine
    const hello = { timeMs: time.now().nowMs, resume: true, id, received, service, certificate: ownCertificate() }
    this.#calls.call(peer.device, hello, (outcome) => {
      const { nowUs } = time.now()
      const isAccepted = outcome.kind === 'answered' && outcome.answer.status === 'accepted'
      if (isAccepted) {
        this.counters.resumed++
        const { channel, keys, answer } = outcome
        this.#byChannel.set(channel, talk)
        machine.handleChannel(nowUs, { channel, keys, peerReceived: answer.received })
      } else {
        if (outcome.kind === 'answered') this.#options.hub.closeChannel(outcome.channel, 'Done')
        machine.handleFailed(nowUs, outcome.kind === 'answered' && outcome.answer.status === 'NoSession')
      }
      talk.pump()
    })
  }

  #remove(talk: Talk): void {
    if (!this.#talks.delete(talk)) return
    const { device } = talk.peer
    const left = (this.#ofDevice.get(device) ?? 1) - 1
    if (left > 0) this.#ofDevice.set(device, left)
    else this.#ofDevice.delete(device)
    this.#halfOpen.get(talk)?.cancel()
    this.#halfOpen.delete(talk)
    this.#handlers.delete(talk)
    const key = peerKey(device, talk.id)
    if (this.#byPeer.get(key) === talk) this.#byPeer.delete(key)
    void talk.conversation.closed.then((error) => {
      if (error?.code === 'CONVERSATION_LOST') this.counters.lost++
    })
  }
}

/** Ends a conversation whose beginner has not spoken. */
function giveUp(talk: Talk): void {
  talk.machine.reset('closed')
  talk.pump()
}

function peerKey(device: Uint8Array, id: Uint8Array): string {
  return `${toHex(device)}${toHex(id)}`
}
