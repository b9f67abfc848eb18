// What was promised while nodes were killed, lost power and were cut off is there when the publisher is gone for good, as
// long as one of those that promised it lives.

import { powerLosses } from '../../../node/store/testing/power-cut.js'
import { toHex } from '../../../stack/bytes/index.js'
import { type Computer, HOME } from '../computer.js'
import type { Measure } from './figure.js'
import { Place } from './place.js'
import { isPrefix, readEntries } from './reading.js'

const hourMs = 3_600_000
const monthMs = 30 * 24 * hourMs

/** Appends of one run. */
const rounds = 12

export const measureKeeping: Measure = async ({ seeds, scale }) => {
  const wrong: string[] = []
  let [promised, faults, runs] = [0, 0, 0]
  for (let seed = 0; seed < 6 * seeds * scale; seed++) {
    const run = await keepingRun(seed)
    runs += 1
    promised += run.promised
    faults += run.faults
    if (run.problem !== undefined) wrong.push(`seed ${seed}: ${run.problem}`)
  }
  return [
    {
      goal: 'what a living custodian has promised is read in full when its publisher is gone for good, whatever failed before',
      measured: `${runs - wrong.length} of ${runs} runs, ${faults} kills, power losses and cuts, ${promised} promised entries ${wrong.slice(0, 3).join('; ')}`,
      // Runs in which little was promised show little.
      holds: wrong.length === 0 && promised > 10 * runs,
    },
  ]
}

async function keepingRun(seed: number): Promise<{ promised: number; faults: number; problem: string | undefined }> {
  const custody = { custodyBytes: 2 ** 28 }
  const place = await Place.open(`keeping ${seed}`, [
    { name: 'root', cacheBytes: 65_536 },
    { name: 'near', upstreams: ['root'], cacheBytes: 65_536, ...custody },
    { name: 'far', upstreams: ['root'], cacheBytes: 65_536, ...custody },
    { name: 'publisher', upstreams: ['near', 'root'], custodians: ['far'] },
    { name: 'reader', upstreams: ['root'] },
  ])
  const { world } = place
  const random = world.random.split('run')
  const publisher = place.at('publisher')
  const entries: Uint8Array[] = []
  /** Of each state of the log, how many entries it has. */
  const lengths = new Map<string, number>()
  let key: Uint8Array | undefined
  let link = ''
  let faults = 0
  const restart = (computer: Computer, downMs: number): void => {
    world.time.after(downMs * 1_000, () => void (computer.running || computer.start().catch(() => {})))
  }
  const fault = (): void => {
    faults += 1
    const computer = place.at(random.pick(['root', 'near', 'far', 'publisher']))
    const kind = random.pick(['kill', 'power', 'reset'])
    if (kind === 'reset') world.network.reset(computer.name, 'root')
    if (kind === 'reset' || !computer.running) return
    if (kind === 'kill') computer.kill()
    else computer.losePower(random.pick(powerLosses))
    restart(computer, random.between(0, 20_000))
  }
  const note = (): void => {
    const { node } = publisher
    const stream = node?.streams.find('kept')
    const state = stream && node?.custody.duties.stateOf(stream.key)
    if (stream === undefined || state === undefined) return
    key = stream.key
    lengths.set(toHex(state), stream.log.held.head.length)
  }
  for (let round = 0; round < rounds; round++) {
    await alive(place, publisher)
    note()
    // Of a batch that was cut off, all is there or nothing.
    entries.length = Math.min(entries.length, publisher.node?.streams.find('kept')?.log.held.head.length ?? 0)
    const batch = Array.from({ length: random.between(1, 4) }, () => random.bytes(random.between(100, 30_000)))
    for (let count = random.between(0, 3); count > 0; count--) {
      world.time.after(random.between(0, 15_000) * 1_000, fault)
    }
    entries.push(...batch)
    try {
      const appended = await world.during(hourMs, () => publisher.call('append', { label: 'kept', entries: batch }))
      link = appended.link
      note()
      if (key !== undefined) await world.during(hourMs, () => keep(publisher, key))
    } catch {
      // The publisher was killed meanwhile.
    }
    await world.run(random.between(0, 20_000))
    note()
  }
  await world.run(30_000)
  for (const computer of place.computers.values()) await alive(place, computer)
  note()
  // Some time, which need not be enough for the newest state.
  await world.run(random.between(0, 30_000))
  const copies = publisher.node?.custody.duties.find(key ?? new Uint8Array(32))?.copies ?? []
  const gone = random.pick(['near', 'far', undefined])
  const goneDevice = gone === undefined ? '' : toHex(deviceOf(place.at(gone)))
  let promised = 0
  for (const { custodian, state, held } of copies) {
    if (state !== 'kept' || held === undefined || toHex(custodian) === goneDevice) continue
    promised = Math.max(promised, lengths.get(toHex(held)) ?? 0)
  }
  await world.during(hourMs, async () => {
    await publisher.stop()
    if (gone !== undefined) await place.at(gone).stop()
    for (const name of ['root', 'near', 'far'].filter((one) => one !== gone)) await emptyCache(place.at(name))
  })
  await world.run(5_000)
  const read = await world.during(hourMs, () => readEntries(place, 'reader', link))
  const short = read.entries.length < promised || !isPrefix(read.entries, entries)
  await place.close()
  const problem = short ? `${read.entries.length} of ${promised} entries (${read.error ?? 'no error'})` : undefined
  return { promised, faults, problem }
}

function keep(publisher: Computer, key: Uint8Array | undefined): Promise<void> {
  return publisher.use(async ({ custody }) => {
    if (key !== undefined && custody.duties.find(key) === undefined) await custody.duties.keep(key, monthMs)
  })
}

function deviceOf({ node }: Computer): Uint8Array {
  return node?.parts.opened.identity.device ?? new Uint8Array(32)
}

/** Only what is promised is left. */
async function emptyCache(computer: Computer): Promise<void> {
  await computer.stop()
  const { files } = computer
  for (const path of files.paths().filter((one) => one.startsWith(`${HOME}/cache/`))) await files.remove(path)
  await computer.start()
}

/** Waits until it runs. */
async function alive(place: Place, computer: Computer): Promise<void> {
  const { time } = place.world
  await time.run(time.nowUs + 60_000_000, () => computer.node !== undefined)
  if (computer.node === undefined) throw new Error(`${computer.name} does not start`)
}
