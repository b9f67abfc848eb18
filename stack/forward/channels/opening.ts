// Channels that begin: the quotas of whoever opens one, the ways that are tried one after the other, and the ACCEPT that
// ends the search. No message is looked into here.

import { equal } from '../../bytes/index.js'
import { countDrop } from '../counters.js'
import { handleRank } from '../rank.js'
import { queueControl } from '../sending.js'
import type { Neighbour, State } from '../state.js'
import {
  type CloseReason,
  decodeAccept,
  decodeOpen,
  encodeAccept,
  encodeOpen,
  FrameType,
  MAX_HOPS,
  type Open,
  OpenFlag,
} from '../wire/index.js'
import { addEnd, addLocalEnd, closeChannel, closeEnd, sendClose } from './ends.js'
import { CHANNEL_IDLE_US, MAX_WAYS, OPEN_TIMEOUT_US, UPSTREAM_CHANNELS_FACTOR, WAY_TIMEOUT_US } from './limits.js'
import type { Channel, ChannelEnd } from './state.js'
import { nextWay } from './ways.js'

const NO_BYTES = new Uint8Array(0)

/** A neighbour opens a channel. */
export function handleOpen(state: State, neighbour: Neighbour, flags: number, body: Uint8Array): void {
  const open = decodeOpen(body)
  if (typeof open === 'string') {
    countDrop(state.counters, open)
    return
  }
  handleRank(state, neighbour, open.rank)
  const { channels } = neighbour
  // Odd numbers are those of whoever dialled the link.
  const isTheirs = (open.channel % 2 === 1) === !neighbour.upstream
  if (!isTheirs || channels.ends.has(open.channel)) {
    countDrop(state.counters, 'channel-number')
    return
  }
  if (!hasRoomFor(state, neighbour)) {
    state.channels.counters.refused++
    sendClose(state, neighbour, open.channel, 'Busy')
    return
  }
  const channel = createChannel(state, open, (flags & OpenFlag.down) !== 0)
  channel.asker = addEnd(neighbour, channel, open.channel)
  channels.opened++
  channels.halfOpen++
  begin(state, channel)
}

/** The local program opens a channel to a device, over so many links at most. Its number, or undefined when there are too many. */
export function openLocal(state: State, device: Uint8Array, message: Uint8Array, hops = MAX_HOPS): number | undefined {
  if (state.channels.all.size >= state.limits.channels) {
    state.channels.counters.refused++
    return undefined
  }
  const channel = createChannel(state, { device, message, hops }, false)
  const asker = addLocalEnd(state, channel)
  channel.asker = asker
  begin(state, channel)
  // Also when there is no way at all, so that whoever asked hears why.
  return asker.number
}

/** A neighbour that was asked says that the device has taken it. */
export function handleAccept(state: State, neighbour: Neighbour, body: Uint8Array): void {
  const accept = decodeAccept(body)
  if (typeof accept === 'string') {
    countDrop(state.counters, accept)
    return
  }
  const end = neighbour.channels.ends.get(accept.channel)
  const asker = end === undefined ? undefined : askerOf(end)
  if (asker === undefined) countDrop(state.counters, 'unknown-channel')
  else accepted(state, asker, accept.message.slice())
}

/** The local program takes a channel that was opened to this device. */
export function acceptLocal(state: State, number: number, message: Uint8Array): void {
  const end = state.channels.local.get(number)
  const asker = end === undefined ? undefined : askerOf(end)
  if (asker !== undefined) accepted(state, asker, message)
}

/** Who waits for this end to take a channel. */
function askerOf(end: ChannelEnd): ChannelEnd | undefined {
  const { asker, far, isOpen } = end.channel
  return end === far && !isOpen ? asker : undefined
}

/** The way that was tried leads nowhere: the next one, or the asker is told. */
export function failWay(state: State, channel: Channel, reason: CloseReason): void {
  channel.lastReason = reason
  const { route } = channel
  if (route !== undefined) {
    route.proven = false
    route.failures++
    channel.route = undefined
  }
  tryNext(state, channel)
}

/** Nothing has come in time. */
export function handleChannelTimer(state: State, channel: Channel): void {
  const { nowUs } = state.clock
  if (channel.isOpen) {
    const untilUs = channel.heardUs + CHANNEL_IDLE_US
    if (nowUs < untilUs) state.deadlines.set(channel, untilUs)
    else closeChannel(state, channel, 'Expired')
    return
  }
  const isOver = nowUs >= channel.openedUs + OPEN_TIMEOUT_US
  if (isOver || channel.far?.neighbour === undefined) {
    closeChannel(state, channel, 'Expired')
    return
  }
  if (channel.tried.length < MAX_WAYS && nextWay(state, channel) !== undefined) {
    closeEnd(state, channel.far, 'Expired')
    failWay(state, channel, 'Expired')
  } else state.deadlines.set(channel, channel.openedUs + OPEN_TIMEOUT_US)
}

function hasRoomFor({ channels, limits }: State, { channels: of, upstream }: Neighbour): boolean {
  const speaksFor = upstream ? UPSTREAM_CHANNELS_FACTOR : 1
  if (of.opened >= speaksFor * limits.channelsPerNeighbour) return false
  if (of.halfOpen >= speaksFor * limits.halfOpenChannels) return false
  return channels.all.size < limits.channels
}

function createChannel(state: State, from: Pick<Open, 'device' | 'message' | 'hops'>, down: boolean): Channel {
  const { nowUs } = state.clock
  const channel: Channel = {
    why: 'channel',
    atUs: 0,
    place: -1,
    turn: 0,
    device: from.device.slice(),
    message: from.message.slice(),
    hops: from.hops,
    down,
    asker: undefined,
    far: undefined,
    route: undefined,
    isOpen: false,
    tried: [],
    lastReason: undefined,
    openedUs: nowUs,
    heardUs: nowUs,
  }
  state.channels.all.add(channel)
  state.channels.counters.opened++
  return channel
}

function begin(state: State, channel: Channel): void {
  if (state.device === undefined || !equal(channel.device, state.device)) {
    tryNext(state, channel)
    return
  }
  channel.far = addLocalEnd(state, channel)
  state.deadlines.set(channel, channel.openedUs + OPEN_TIMEOUT_US)
  const { message, asker } = channel
  const from = asker?.neighbour?.id ?? state.local.id
  state.events.push({ kind: 'channel-opened', channel: channel.far.number, message, from })
}

function tryNext(state: State, channel: Channel): void {
  while (channel.tried.length < MAX_WAYS) {
    const way = nextWay(state, channel)
    if (way === undefined) break
    const { neighbour, route, down } = way
    channel.tried.push(neighbour.party)
    const end = addEnd(neighbour, channel)
    const { device, message, hops } = channel
    const body = encodeOpen({ channel: end.number, hops: hops - 1, rank: state.rank, device, message })
    channel.far = end
    if (queueControl(state, neighbour, { type: FrameType.open, flags: down ? OpenFlag.down : 0, body })) {
      channel.route = route
      const { nowUs } = state.clock
      state.deadlines.set(channel, Math.min(nowUs + WAY_TIMEOUT_US, channel.openedUs + OPEN_TIMEOUT_US))
      return
    }
    channel.far = undefined
    channel.lastReason = 'Busy'
    neighbour.channels.ends.delete(end.number)
  }
  if (channel.asker !== undefined)
    closeEnd(state, channel.asker, channel.lastReason ?? (channel.hops === 0 ? 'Hops' : 'NoRoute'))
}

function accepted(state: State, asker: ChannelEnd, message: Uint8Array): void {
  const { channel } = asker
  channel.isOpen = true
  channel.message = NO_BYTES
  channel.heardUs = state.clock.nowUs
  state.deadlines.set(channel, channel.heardUs + CHANNEL_IDLE_US)
  state.channels.counters.accepted++
  if (channel.route !== undefined) {
    channel.route.proven = true
    channel.route.failures = 0
    channel.route = undefined
  }
  const { neighbour, number } = asker
  if (neighbour === undefined) {
    const through = channel.far?.neighbour?.device
    state.events.push({ kind: 'channel-accepted', channel: number, message: message.slice(), through })
    return
  }
  neighbour.channels.halfOpen--
  const body = encodeAccept({ channel: number, message })
  queueControl(state, neighbour, { type: FrameType.accept, flags: 0, body })
}
