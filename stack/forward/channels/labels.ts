// Labels: how datagrams that belong to a channel go the same way as its bytes, without being looked into. Each end says by
// which number it takes them; a node between says a number of its own, and has its datapath write the one over the other. So
// a datagram needs no key here, comes from a neighbour that has proven its address, and goes to one that has. What is told
// of an index is what is so now: 0 when there is no way, or none any more.

import { countDrop } from '../counters.js'
import { takeOne } from '../pace.js'
import type { Neighbour, State } from '../state.js'
import { decodeLabel, encodeLabel, equalAddresses, FrameType } from '../wire/index.js'
import { removeLabel, setLabel } from './label-rows.js'
import type { ChannelFrame } from './leaving.js'
import { MAX_GIVEN_LABELS, MAX_INDEX } from './limits.js'
import { listToSend } from './passing.js'
import { type ChannelEnd, type GivenLabel, otherEnd } from './state.js'

/** A neighbour says by which number it takes what is for an index. */
export function handleLabel(state: State, neighbour: Neighbour, body: Uint8Array): void {
  const said = decodeLabel(body)
  if (typeof said === 'string') {
    countDrop(state.counters, said)
    return
  }
  const end = neighbour.channels.ends.get(said.channel)
  if (end?.channel.isOpen !== true) countDrop(state.counters, 'unknown-channel')
  else if (!takeOne(end.labelPace, state.clock.nowUs)) countDrop(state.counters, 'label-pace')
  else {
    end.channel.heardUs = state.clock.nowUs
    give(state, end, said.index, said.label)
  }
}

/**
 * The local program's end of a channel takes datagrams by this number, beside the two that it gave before. Nothing happens when
 * the channel is not open. Throws RangeError for what is no index.
 */
export function giveIndex(state: State, channel: number, index: number): void {
  if (!Number.isInteger(index) || index < 1 || index > MAX_INDEX) throw new RangeError(`${index} is no index`)
  const end = state.channels.local.get(channel)
  if (end?.channel.isOpen === true) give(state, end, index, index)
}

/** The local program takes nothing by an index any more: it has no way from here on. */
export function withdrawIndex(state: State, channel: number, index: number): void {
  const end = state.channels.local.get(channel)
  if (end?.given.some((one) => one.index === index) === true) give(state, end, index, 0)
}

/** The address of a neighbour has changed, or there is another datapath: what is so now is told. */
export function refreshLabels(state: State, neighbour: Neighbour): void {
  for (const end of neighbour.channels.ends.values()) {
    for (const from of [end, otherEnd(end)])
      for (const given of from?.given ?? []) lead(state, from as ChannelEnd, given)
  }
}

/** The next LABEL that an end is to be told, if any. */
export function nextLabel(to: ChannelEnd): ChannelFrame | undefined {
  if (!to.isLabelDue) return undefined
  for (const given of otherEnd(to)?.given ?? []) {
    if (given.due === given.told) continue
    given.told = given.due
    const head = encodeLabel({ channel: to.number, index: given.index, label: given.due })
    return { type: FrameType.label, head }
  }
  to.isLabelDue = false
  return undefined
}

function give(state: State, from: ChannelEnd, index: number, label: number): void {
  let given = from.given.find((one) => one.index === index)
  if (given === undefined) {
    given = { index, label, own: 0, way: undefined, due: 0, told: undefined, leads: undefined }
    from.given.push(given)
  }
  given.label = label
  lead(state, from, given)
  const oldest = from.given.length > MAX_GIVEN_LABELS ? from.given.shift() : undefined
  if (oldest === undefined) return
  removeLabel(state, oldest)
  const to = otherEnd(from)
  if (to !== undefined && to.neighbour === undefined) tellLocal(state, to, oldest, undefined)
}

/** What an end takes by this number has a way to it from the other end, or has none. */
function lead(state: State, from: ChannelEnd, given: GivenLabel): void {
  const to = otherEnd(from)
  // It has ended, and this side has not heard of it yet.
  if (to === undefined) return
  if (to.neighbour === undefined) tellLocal(state, to, given, from.neighbour)
  else {
    given.due = from.neighbour === undefined ? given.label : between(state, from.neighbour, to.neighbour, given)
    if (given.due === given.told) return
    to.isLabelDue = true
    listToSend(state, to)
  }
}

/** The number by which datagrams of `far` come through to `near`, or 0. */
function between(state: State, near: Neighbour, far: Neighbour, given: GivenLabel): number {
  const [to, from] = [near.port.address, far.port.address]
  if (given.label !== 0 && to !== undefined && from !== undefined) {
    return setLabel(state, given, { from, to, next: given.label })
  }
  removeLabel(state, given)
  return 0
}

/** The local program hears where to send what is for an index, and what to write on it. */
function tellLocal(state: State, end: ChannelEnd, given: GivenLabel, near: Neighbour | undefined): void {
  const to = near?.port.address
  const label = to === undefined ? 0 : given.label
  if (given.told === label && equalAddresses(given.leads, label === 0 ? undefined : to)) return
  given.told = label
  given.leads = label === 0 ? undefined : to
  const way = given.leads && { label, to: given.leads }
  state.events.push({ kind: 'channel-way', channel: end.number, index: given.index, way })
}
