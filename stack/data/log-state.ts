// A log as its writer sees it: what was closed, and the page that is open. Never changed: each step gives the next state.

import { uninitialized } from '../bytes/index.js'
import type { Crypto } from '../crypto/index.js'
import type { UnsignedHead } from './head.js'
import { maxChunkBytes } from './limits.js'
import { emptyPage } from './page.js'
import type { RunPlan } from './run-plan.js'
import { emptyRoot, type TreeChild } from './tree.js'
import type { TreeEdge } from './tree-edge.js'

/** The open page and its counts, as Page has them. */
export interface OpenPage {
  readonly chunk: Uint8Array
  /** Memory that begins with `chunk`. What comes behind it belongs to the states that follow, of which one at a time is alive. */
  readonly room: Uint8Array
  readonly entries: number
  readonly bytes: number
  readonly reachable: number
  readonly children: number
}

export interface LogState {
  /** The top of the closed tree, and the edge where it grows; undefined while no page is closed. */
  readonly closed: TreeChild | undefined
  readonly edge: TreeEdge
  readonly page: OpenPage
  /** Time of the newest head, which is no later than any to come. */
  readonly timeMs: number
}

/** A page that holds nothing. */
export function newOpenPage(): OpenPage {
  const chunk = emptyPage()
  return { chunk, room: chunk, entries: 0, bytes: 0, reachable: chunk.length, children: 0 }
}

/** The page with one more run, which is what `plan` was encoded to. */
export function withRun(page: OpenPage, run: Uint8Array, plan: RunPlan): OpenPage {
  const { entries, children } = plan
  const length = page.chunk.length + run.length
  const room = page.room.length < length ? largerRoom(page.chunk, length) : page.room
  room.set(run, page.chunk.length)
  return {
    chunk: room.subarray(0, length),
    room,
    entries: page.entries + entries.length,
    bytes: entries.reduce((sum, entry) => sum + entry.bytes.length, page.bytes),
    reachable: children.reduce((sum, child) => sum + child.reachable, page.reachable + run.length),
    children: page.children + children.length,
  }
}

/** So that what is appended in many runs is not copied for each of them. */
function largerRoom(chunk: Uint8Array, length: number): Uint8Array {
  const room = uninitialized(Math.max(length, Math.min(2 * length, maxChunkBytes)))
  room.set(chunk)
  return room
}

/** Entries in the log. */
export function lengthOf(state: LogState): number {
  return (state.closed?.entries ?? 0) + state.page.entries
}

/** What a head of this state says. */
export function headOf(crypto: Crypto, log: Uint8Array, state: LogState, maxAgeS: number): UnsignedHead {
  const { closed, page, timeMs } = state
  return {
    log,
    length: lengthOf(state),
    bytes: (closed?.bytes ?? 0) + page.bytes,
    reachable: (closed?.reachable ?? 0) + page.reachable,
    closedLength: closed?.entries ?? 0,
    closedRoot: closed?.name ?? emptyRoot,
    openPage: crypto.hash(page.chunk),
    openBytes: page.chunk.length,
    timeMs,
    maxAgeS,
  }
}
