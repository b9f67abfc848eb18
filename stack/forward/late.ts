// Answers that come when they were given up. A chunk is worth as much then: whoever waits for it has asked again, or will.

import { checkChunk } from '../data/index.js'
import { failAsk } from './asking.js'
import { blame } from './blame.js'
import { nextCandidate } from './candidates.js'
import { countDrop } from './counters.js'
import { MAX_LATE_CHUNKS, SILENCES_TO_LEAVE } from './limits.js'
import { answerChunk, closeIfIdle } from './rows.js'
import type { Ask, Late, Neighbour, State } from './state.js'
import { type Data, DataFlag } from './wire/index.js'

/** A neighbour left a question unanswered. Its answer may still come; then it is kept, if it is a chunk. */
export function handleSilence(state: State, ask: Ask): void {
  const { entry, neighbour, token } = ask
  neighbour.silences++
  neighbour.counters.silent++
  if (entry.kind === 'chunk' && ask.assembly === undefined) {
    neighbour.late.set(token, { key: entry.key, face: ask.face, cost: ask.cost })
    for (const oldest of neighbour.late.keys()) {
      if (neighbour.late.size <= MAX_LATE_CHUNKS) break
      neighbour.late.delete(oldest)
    }
  }
  failAsk(state, ask, 'silent')
  if (neighbour.silences === SILENCES_TO_LEAVE) leave(state, neighbour)
}

/** Who said nothing several times in a row is not waited for by those who may ask somebody else. */
function leave(state: State, neighbour: Neighbour): void {
  for (const ask of neighbour.window.waiting()) {
    if (ask.state !== 'waiting') continue
    const another = nextCandidate(state, ask.entry, { downOnly: ask.down, trustedOnly: false })
    if (another !== undefined) failAsk(state, ask, 'silent')
  }
}

/** A chunk that came when its question was given up: checked like any other, and of use to who asks for it again. */
export function handleLateChunk(
  state: State,
  neighbour: Neighbour,
  late: Late,
  flags: number,
  { payload, offset, total, hops }: Data,
): void {
  const { key: name } = late
  // A chunk fits one piece.
  const refused = offset > 0 || payload.length < total ? 'bad-length' : checkChunk(state.crypto, name, payload)
  if (refused !== undefined) {
    countDrop(state.counters, refused)
    blame(state, neighbour, refused)
    return
  }
  state.counters.verified++
  neighbour.window.handleLate(late)
  const known = state.store.hasChunk(name)
  const entry = state.pit.find('chunk', name)
  const waits = entry !== undefined && entry.rowCount > 0
  if (known && !(entry?.missed ?? false)) state.counters.duplicateBytes += payload.length
  if (waits) state.counters.chunksPassed++
  if (!waits && known) return
  const missed = entry?.missed ?? false
  if (entry !== undefined) {
    const cached = (flags & DataFlag.cached) !== 0
    answerChunk(state, entry, payload, { hops, cached, neighbour: neighbour.id }, undefined)
    closeIfIdle(state, entry)
  }
  if (!known || missed) state.events.push({ kind: 'store', what: 'chunk', name, bytes: payload, from: neighbour.id })
}
