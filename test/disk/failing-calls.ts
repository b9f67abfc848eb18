// A call to the disk fails, once or for ever, in the middle of a scenario. Every error is a RunnelError of a kind that a caller
// can expect; nothing acknowledged is missing, at once, after the next start and after a power loss; what was refused is not
// there; and a flush that failed is never tried again by the same process.

import { isRunnelError } from '../../errors/index.js'
import { type CallKind, callKinds, type Failure } from '../../node/store/testing/faults.js'
import { MemoryFiles } from '../../node/store/testing/memory-files.js'
import { powerLosses } from '../../node/store/testing/power-cut.js'
import { randomFrom } from '../../node/store/testing/samples.js'
import { observe } from './observe.js'
import { openHomeStore } from './opened-home.js'
import { checkImage } from './power-loss.js'
import { Scenario } from './scenario.js'

/** What a caller meets when the disk does not do what it is told. */
const expectedCodes = new Set(['IO', 'DISK_FULL', 'READ_ONLY', 'LOG_CLOSED', 'PERMISSION'])

/** Kinds of calls that change something; these fail for want of space, or because nothing may be changed. */
const changing: readonly CallKind[] = ['create', 'write', 'flush', 'truncate', 'name', 'sync']

/** Every way to fail that is tried for each number of a call. */
export const failureShapes: readonly Omit<Failure, 'call'>[] = [
  { code: 'EIO' },
  { code: 'EIO', forever: true },
  ...callKinds.map((kind) => ({ code: 'EIO' as const, kinds: [kind] })),
  { code: 'ENOSPC', kinds: changing },
  { code: 'ENOSPC', kinds: changing, forever: true },
  // A folder that is read-only now was so when something was made in it, or it would not be there: no sync fails so alone.
  { code: 'EROFS', kinds: changing.filter((kind) => kind !== 'sync') },
  { code: 'EROFS', kinds: changing, forever: true },
]

export interface FailingRun {
  /** The failing call was never made: the scenario has fewer of them. */
  readonly isOver: boolean
  readonly wrong: string[]
}

export async function failCall(seed: number, operations: number, failure: Failure): Promise<FailingRun> {
  const scenario = new Scenario({ seed, operations, kills: false, copies: true, failure })
  const wrong: string[] = []
  try {
    await scenario.run()
    const isOver = scenario.files.faults.failed === 0
    scenario.files.failAt(undefined)
    wrong.push(...scenario.wrong)
    for (const code of scenario.work.codes) if (!expectedCodes.has(code)) wrong.push(`meets ${code}`)
    wrong.push(...flushedAgain(scenario))
    const random = randomFrom(failure.call)
    const loss = powerLosses[failure.call % powerLosses.length] ?? 'lost'
    const { length } = scenario.files.changes
    const image = MemoryFiles.afterPowerLoss(scenario.files, length, loss, random)
    image.machine = scenario.files.machine
    await settle(scenario, wrong)
    for (const problem of await checkImage(scenario, image, length)) wrong.push(`${loss} at once: ${problem}`)
    const later = MemoryFiles.afterPowerLoss(scenario.files, scenario.files.changes.length, 'lost', random)
    later.machine = scenario.files.machine
    for (const problem of await checkImage(scenario, later, scenario.files.changes.length)) {
      wrong.push(`lost after the next start: ${problem}`)
    }
    return { isOver, wrong }
  } catch (thrown) {
    const text = isRunnelError(thrown) ? `${thrown.code}: ${thrown.message}` : String(thrown)
    return { isOver: false, wrong: [...wrong, `throws ${text}`] }
  }
}

/** The disk works again: what is there is what was acknowledged, and what nobody knew of is settled. */
async function settle(scenario: Scenario, wrong: string[]): Promise<void> {
  const { files, ledger, shape } = scenario
  const store = await openHomeStore(files, { ...shape, random: randomFrom(1) })
  try {
    const { length } = files.changes
    wrong.push(...ledger.settle(observe(store, ledger.known), length).map((problem) => `next start: ${problem}`))
    wrong.push(...scenario.work.entries.settle(store, length))
    const damaged = store.damage.filter(({ place }) => place !== 'cache')
    if (damaged.length > 0) wrong.push(`next start: names damage in ${damaged.length} places`)
  } finally {
    await store.close()
  }
  if (files.openFiles > 0) wrong.push(`${files.openFiles} files left open`)
}

/** Whether a process flushed a file again in which a flush of it had failed: the kernel would say yes, and mean nothing. */
function flushedAgain(scenario: Scenario): string[] {
  const failed = new Set<number>()
  const wrong: string[] = []
  for (const [index, change] of scenario.files.changes.entries()) {
    if (scenario.starts.includes(index)) failed.clear()
    if (change.kind === 'flush-failed') failed.add(change.inode)
    if (change.kind === 'flush' && failed.has(change.inode))
      wrong.push(`change ${index} flushes what failed to be flushed`)
  }
  return wrong
}
