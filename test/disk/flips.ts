// Bits flip, pages are lost or hold what they held before, and files are cut, at rest, in any file of a home. Whatever is
// given afterwards was committed once; what is not as it should be is named; and the home goes on.

import { isRunnelError } from '../../errors/index.js'
import type { Store } from '../../node/store/index.js'
import type { MemoryFiles } from '../../node/store/testing/memory-files.js'
import { chunkItem, randomFrom } from '../../node/store/testing/samples.js'
import { differences, type Facts, sameFacts } from './facts.js'
import { type Observed, observe } from './observe.js'
import { HOME, openHome, openHomeStore, virtualTime } from './opened-home.js'
import { Scenario } from './scenario.js'

/** A home at rest, as a scenario left it, and as it was some time before. */
export class HomeAtRest {
  readonly scenario: Scenario
  /** Contents of the files half-way: what a page that was never written again would hold. */
  readonly earlier = new Map<string, Uint8Array>()
  /** Where the records of each segment end: zeros behind it are nobody's loss. */
  readonly ends = new Map<string, number>()

  constructor(seed: number, operations: number) {
    this.scenario = new Scenario({ seed, operations, kills: true, copies: false })
  }

  async fill(): Promise<void> {
    const { scenario } = this
    await scenario.run()
    const { files, shape } = scenario
    for (const path of files.paths()) this.earlier.set(path, files.content(path).slice())
    // A little more, so that what was there before is not what is there now.
    const home = await openHome(files, shape, virtualTime(1_800_000_000_000), (store) => {
      scenario.ledger.settle(observe(store, scenario.ledger.known), files.changes.length)
      scenario.ledger.watch(store, files)
    })
    scenario.work.reload(home.store)
    for (let step = 0; step < 12; step++) await scenario.work.step(home, () => files.changes.length)
    await home.streams.settle()
    await home.store.close()
    for (const path of files.paths('.seg')) this.ends.set(path, endOf(files.content(path)))
  }
}

export interface Damaged {
  readonly path: string
  /** What was done, for a message. */
  readonly what: string
  readonly before: Uint8Array
}

/** Damages one file of a copy of the home. */
export function damageOne(home: HomeAtRest, files: MemoryFiles, random: () => number): Damaged {
  const below = (count: number): number => Math.floor(random() * count)
  const all = files.paths()
  // Mostly where a home cannot be made whole again from elsewhere: records, and keys.
  const which = random()
  const paths =
    which < 0.5
      ? all.filter((path) => /\/(own|kept)\/\d+\.seg$/.test(path))
      : all.filter((path) => which > 0.7 || !path.endsWith('.seg'))
  const path = paths[below(paths.length)] as string
  const content = files.content(path)
  const before = content.slice()
  const page = 4096 * below(Math.ceil(content.length / 4096))
  const choice = random()
  if (choice < 0.15) {
    content.fill(0, page, page + 4096)
    return { path, what: `a lost page at ${page}`, before }
  }
  if (choice < 0.3) {
    const earlier = (home.earlier.get(path) ?? new Uint8Array(0)).subarray(page, page + 4096)
    content.subarray(page, page + 4096).fill(0)
    content.set(earlier.subarray(0, content.length - page), page)
    return { path, what: `an old page at ${page}`, before }
  }
  if (choice < 0.4) {
    const length = below(content.length)
    files.cut(path, length)
    return { path, what: `a cut at ${length}`, before }
  }
  // Within the records rather than in the zeros behind them.
  const end = Math.max(1, home.ends.get(path) ?? content.length)
  const bits = random() < 0.3 ? 1 : 1 + below(64 * random())
  for (let bit = 0; bit < bits; bit++) {
    const at = below(random() < 0.9 ? end : content.length)
    content[at] = (content[at] ?? 0) ^ (1 << below(8))
  }
  return { path, what: `${bits} flipped bits`, before }
}

/** Damages a copy of the home, and tells what is wrong with what becomes of it. */
export async function checkDamaged(home: HomeAtRest, image: number): Promise<{ damaged: Damaged; wrong: string[] }> {
  const { scenario } = home
  const random = randomFrom(scenario.options.seed * 104_729 + image)
  const files = scenario.files.copy()
  // Some of it happens while the home is open.
  const isOpen = random() < 0.25
  let damaged: Damaged | undefined
  const wrong: string[] = []
  const shape = { ...scenario.shape, random: randomFrom(image) }
  try {
    if (!isOpen) damaged = damageOne(home, files, random)
    let store: Store
    try {
      store = await openHomeStore(files, shape)
    } catch (thrown) {
      if (damaged !== undefined && isNamed(damaged, thrown)) return { damaged, wrong }
      throw thrown
    }
    try {
      damaged ??= damageOne(home, files, random)
      await checkStore(home, files, store, damaged, wrong)
    } finally {
      await store.close()
    }
    await checkGoesOn(home, files, damaged, wrong)
  } catch (thrown) {
    wrong.push(isRunnelError(thrown) ? `fails with ${thrown.code}: ${thrown.message}` : `throws ${thrown}`)
  }
  if (files.openFiles > 0) wrong.push(`${files.openFiles} files left open`)
  return { damaged: damaged ?? { path: '', what: 'nothing', before: new Uint8Array(0) }, wrong }
}

/** A home whose mark is damaged is refused as a whole; one whose keys are says so. */
function isNamed({ path }: Damaged, thrown: unknown): boolean {
  if (!isRunnelError(thrown)) return false
  return path === `${HOME}/version` ? thrown.code === 'VERSION' : false
}

async function checkStore(
  home: HomeAtRest,
  files: MemoryFiles,
  store: Store,
  damaged: Damaged,
  wrong: string[],
): Promise<void> {
  const { ledger } = home.scenario
  const first = observe(store, ledger.known)
  await store.scrub()
  const found = observe(store, ledger.known)
  wrong.push(...first.wrong, ...found.wrong)
  const named = store.damage.filter(({ place }) => damaged.path.startsWith(`${HOME}/${place}/`))
  const isDurable = /\/(own|kept)\/\d+\.seg$/.test(damaged.path)
  if (isDurable && isHurt(home, files, damaged) && named.length === 0) wrong.push('is not named')
  if (!isDurable || named.length === 0) checkWhole(home, found, wrong)
  checkCache(home, store, wrong)
}

/** Nothing is missing that was not hurt. */
function checkWhole({ scenario }: HomeAtRest, found: Observed, wrong: string[]): void {
  for (const place of ['own', 'kept'] as const) {
    const facts: Facts = scenario.ledger[place].facts
    if (!sameFacts(facts, found[place])) wrong.push(`${place}: ${differences(facts, found[place])}`)
  }
}

/** What is gone from the cache can be fetched and cached again. */
function checkCache({ scenario }: HomeAtRest, store: Store, wrong: string[]): void {
  for (const { name, bytes } of scenario.ledger.known.chunks.values()) {
    if (store.readChunk(name) !== undefined) continue
    store.putCached(name, bytes)
    if (store.readChunk(name) === undefined) wrong.push('a chunk cannot be cached again')
    return
  }
}

/** A node starts on it, or says why not; what is written then is there at the next start. */
async function checkGoesOn(home: HomeAtRest, files: MemoryFiles, damaged: Damaged, wrong: string[]): Promise<void> {
  const { scenario } = home
  const shape = { ...scenario.shape, random: randomFrom(3) }
  try {
    const opened = await openHome(files, shape, virtualTime(1_900_000_000_000))
    const { identity, store, streams, copied } = opened
    if (!copied && damaged.path === `${HOME}/incarnation` && isFingerprintChanged(files, damaged)) {
      wrong.push('is not noticed')
    }
    const isListed = identity.certificate.devices.some((device) => Buffer.from(device).equals(identity.device))
    if (!isListed) wrong.push('runs with a device key that its certificate does not list')
    try {
      await store.commit([chunkItem(100_000)])
      for (const { log } of streams.list())
        if (log.failure === undefined) await log.append([{ bytes: new Uint8Array(9) }])
    } finally {
      await store.close()
    }
  } catch (thrown) {
    if (isNamed(damaged, thrown)) return
    // Its identity may be what was lost; that is said, and nothing is made up.
    if (!isRunnelError(thrown) || thrown.code !== 'DAMAGED') throw thrown
    if (!/\/(keys|own)\//.test(damaged.path)) wrong.push(`says ${thrown.message}`)
    const store = await openHomeStore(files, shape)
    await store.commit([chunkItem(100_000)])
    await store.close()
  }
  const again = await openHomeStore(files, shape)
  if (again.readChunk(chunkItem(100_000).name)?.place !== 'own') wrong.push('what was written afterwards is gone')
  wrong.push(...observe(again, scenario.ledger.known).wrong.filter((problem) => problem.startsWith('chunk')))
  await again.close()
}

/** The 16 bytes before it are random, and as good as any other 16. */
function isFingerprintChanged(files: MemoryFiles, { path, before }: Damaged): boolean {
  return !Buffer.from(before.subarray(16)).equals(files.content(path).subarray(16))
}

/** Whether anything within its records is not what it was. */
function isHurt(home: HomeAtRest, files: MemoryFiles, { path, before }: Damaged): boolean {
  const end = home.ends.get(path) ?? before.length
  const content = files.paths().includes(path) ? files.content(path) : new Uint8Array(0)
  return !Buffer.from(before.subarray(0, end)).equals(content.subarray(0, end))
}

/** Where the zeros behind the last record begin, or a little before. */
function endOf(content: Uint8Array): number {
  let end = content.length
  while (end > 0 && content[end - 1] === 0) end--
  return end
}
