// The power is lost after a change of a scenario's disk. Whatever that leaves: the home opens, holds a state with all that was
// acknowledged before, gives nothing that was never there, names no damage, can be written on, and is found again.

import { isRunnelError } from '../../errors/index.js'
import type { Store } from '../../node/store/index.js'
import { MemoryFiles } from '../../node/store/testing/memory-files.js'
import { PowerCut, type PowerLoss, powerLosses } from '../../node/store/testing/power-cut.js'
import { chunkItem, randomFrom } from '../../node/store/testing/samples.js'
import { sameFacts } from './facts.js'
import { checkPrefix } from './ledger.js'
import { observe } from './observe.js'
import { openHome, openHomeStore, virtualTime } from './opened-home.js'
import type { Scenario } from './scenario.js'

export interface CrashPoint {
  /** After so many changes. */
  readonly point: number
  readonly loss: PowerLoss
}

/** So many crash points of a scenario, evenly over its changes and kinds of loss; all of them where there are no more. */
export function crashPoints(changes: number, images: number): CrashPoint[] {
  const all = (changes + 1) * powerLosses.length
  const count = Math.min(images, all)
  return Array.from({ length: count }, (_, index) => {
    // Each point with each loss once in a while: the step between two images has no factor with the number of losses.
    const at = count === all ? index : Math.floor((index * all) / count)
    const loss = count === all ? at : at + index
    return {
      point: Math.floor(at / powerLosses.length),
      loss: powerLosses[loss % powerLosses.length] as PowerLoss,
    }
  })
}

/** What is wrong with one image after another; `handle` hears of each. The points ascend. */
export async function losePower(
  scenario: Scenario,
  points: readonly CrashPoint[],
  handle: (point: CrashPoint, wrong: readonly string[]) => void,
): Promise<void> {
  const cut = new PowerCut(scenario.files.changes)
  for (const at of points) {
    const { point, loss } = at
    cut.advance(point)
    const random = randomFrom(scenario.options.seed * 7_919 + point * 31 + powerLosses.indexOf(loss))
    const files = new MemoryFiles(cut.image(loss, random))
    files.machine = scenario.machineAt(point)
    handle(at, await checkImage(scenario, files, point))
  }
}

/** What is wrong with a disk that a power loss after `point` changes left. */
export async function checkImage(scenario: Scenario, files: MemoryFiles, point: number): Promise<string[]> {
  const wrong: string[] = []
  const shape = { ...scenario.shape, random: randomFrom(point) }
  try {
    const store = await openHomeStore(files, shape)
    try {
      await checkFound(scenario, store, point, wrong)
    } finally {
      await store.close()
    }
    await checkGoesOn(scenario, files, wrong)
  } catch (thrown) {
    wrong.push(isRunnelError(thrown) ? `fails with ${thrown.code}: ${thrown.message}` : `throws ${thrown}`)
  }
  if (files.openFiles > 0) wrong.push(`${files.openFiles} files left open`)
  return wrong
}

async function checkFound(scenario: Scenario, store: Store, point: number, wrong: string[]): Promise<void> {
  const { ledger } = scenario
  const found = observe(store, ledger.known)
  wrong.push(...found.wrong)
  for (const place of ['own', 'kept'] as const) {
    const problem = checkPrefix(ledger[place].acknowledged, point, found[place])
    if (problem !== undefined) wrong.push(`${place}: ${problem}`)
  }
  if (found.uncertain > 0) wrong.push(`${found.uncertain} logs cannot be continued`)
  wrong.push(...scenario.work.entries.check(store, point))
  wrong.push(...durableDamage(store))
  const mayBeCopied = scenario.copyWindows.some(({ from, to }) => from <= point && point < to)
  if (store.copied && !mayBeCopied) wrong.push('says that it was copied')
  // What is in effect now is acknowledged, and must be there after the next start.
  await store.commit([chunkItem(100_000), { type: 'value', key: 'after', bytes: new Uint8Array([1]) }])
  await store.keep([{ type: 'value', key: 'after', bytes: new Uint8Array([1]) }])
}

/** As a node does at its next start, which makes what is missing of its identity, and appends. */
async function checkGoesOn(scenario: Scenario, files: MemoryFiles, wrong: string[]): Promise<void> {
  const shape = { ...scenario.shape, random: randomFrom(1) }
  const time = virtualTime(1_800_000_000_000)
  const home = await openHome(files, shape, time)
  let facts: ReadonlyMap<string, string>
  try {
    if (home.store.value('after') === undefined) wrong.push('what was written after the loss is gone')
    if (home.store.keptValue('after') === undefined) wrong.push('what was kept after the loss is gone')
    const { stream } = await home.streams.open('after', undefined)
    await stream.log.append([{ bytes: new Uint8Array([1, 2, 3]) }])
    for (const other of home.streams.list()) await other.log.append([{ bytes: new Uint8Array([4]) }])
    facts = observe(home.store, scenario.ledger.known).own
    wrong.push(...durableDamage(home.store))
  } finally {
    await home.store.close()
  }
  const again = await openHomeStore(files, shape)
  try {
    const found = observe(again, scenario.ledger.known).own
    if (!sameFacts(facts, found)) wrong.push('what was appended after the loss is gone')
    wrong.push(...durableDamage(again))
    if (again.copied) wrong.push('says that it was copied after it was adopted')
  } finally {
    await again.close()
  }
}

/** The cache is never flushed, so what a power loss took of it may count as damage. */
function durableDamage(store: Store): string[] {
  return store.damage
    .filter(({ place }) => place !== 'cache')
    .map(({ place, segment, offset, bytes }) => `names damage in ${place}/${segment} at ${offset}, ${bytes} bytes`)
}
