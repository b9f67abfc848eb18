// A node of a version that is yet to come, beside nodes of this one: it says more than they understand, in the places that
// docs/protocol.md §17 keeps free for it, and is otherwise as it was. Nobody may mind.

import type { ComposedNode } from '../../node/composed.js'
import { Writer } from '../../stack/bytes/index.js'
import { FrameType } from '../../stack/forward/index.js'
import type { Random } from './random.js'

/** Bits of flags without a meaning, by type of frame. */
const freeFlags: ReadonlyMap<number, number> = new Map([
  [FrameType.interest, 0xe7],
  [FrameType.data, 0xf8],
  [FrameType.nack, 0xff],
  [FrameType.announce, 0xff],
])

/** Set in the types of frames that may be skipped. */
const skippable = 0x80

/** A kind of route that no version has yet. */
const laterKind = 77

/** From now on the node speaks like one of a later version. */
export function speakLater(node: ComposedNode, random: Random): void {
  const { carrier } = node
  const send = carrier.send.bind(carrier)
  carrier.send = (id, type, flags, head, payload) => {
    if (random.chance(0.2))
      send(id, skippable | random.between(0, 127), random.between(0, 255), random.bytes(random.between(0, 300)))
    if (random.chance(0.05)) send(id, FrameType.announce, 0, laterRoute(node.hub.rank, random))
    return send(id, type, flags | (random.next() & (freeFlags.get(type) ?? 0)), head, payload)
  }
}

function laterRoute(rank: number, random: Random): Uint8Array {
  const proof = random.bytes(random.between(0, 255))
  return new Writer(2 + 37 + proof.length)
    .u8(rank)
    .u8(1)
    .u8(laterKind)
    .put(random.bytes(32))
    .u16(300)
    .u8(random.between(0, 255))
    .lp8(proof, 255)
    .bytes()
}
