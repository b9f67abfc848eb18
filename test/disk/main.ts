// `npm run disk`: the campaigns against the disk with the numbers of a long run, or one image again.
//
//     npm run disk -- [power|calls|flips]… [--seed 1] [--seeds 8] [--operations N]
//                     [--images 4000] [--every 1] [--damaged 10000]
//     npm run disk -- power --seed S --point P --loss lost|kept|torn-512|torn-4096|reordered
//     npm run disk -- calls --seed S --call N --code EIO|ENOSPC|EROFS [--kinds KIND,…] [--forever]
//     npm run disk -- flips --seed S --image N
//
// Last line: how many images and findings there were. The exit code is 0 only without findings.

import { parseArgs } from 'node:util'
import { type CallKind, callKinds, type Failure } from '../../node/store/testing/faults.js'
import { powerLosses } from '../../node/store/testing/power-cut.js'
import { type Outcome, runFailingCalls, runFlips, runPowerLoss, type Seeds } from './campaign.js'

const parts = ['power', 'calls', 'flips'] as const

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    operations: { type: 'string' },
    images: { type: 'string', default: '4000' },
    every: { type: 'string', default: '1' },
    damaged: { type: 'string', default: '10000' },
    point: { type: 'string' },
    loss: { type: 'string' },
    call: { type: 'string' },
    code: { type: 'string', default: 'EIO' },
    kinds: { type: 'string' },
    forever: { type: 'boolean', default: false },
    image: { type: 'string' },
  },
})

const startMs = Date.now()
const outcomes: Outcome[] = []
const unknown = positionals.filter((part) => !parts.some((known) => known === part))
if (unknown.length > 0) stop(`there is no part ${unknown.join()}: choose from ${parts.join()}`)
for (const part of positionals.length > 0 ? parts.filter((part) => positionals.includes(part)) : parts) {
  const outcome = await run(part)
  outcomes.push(outcome)
  for (const [what, count] of outcome.events) console.log(`${part}: ${count} × ${what}`)
  for (const { replay, wrong } of outcome.findings) {
    console.log(`FINDING ${replay}`)
    for (const problem of wrong.slice(0, 10)) console.log(`    ${problem}`)
  }
  console.log(`${part}: ${outcome.images} images, ${outcome.findings.length} findings`)
}
const images = outcomes.reduce((sum, outcome) => sum + outcome.images, 0)
const findings = outcomes.reduce((sum, outcome) => sum + outcome.findings.length, 0)
const seconds = Math.round((Date.now() - startMs) / 1000)
console.log(`${images} images, ${findings} findings, ${seconds} s, seeds from ${values.seed}`)
process.exitCode = findings === 0 ? 0 : 1

function run(part: (typeof parts)[number]): Promise<Outcome> {
  const progress = (text: string): void => console.log(`${part}: ${text}`)
  if (part === 'power') {
    const { point } = values
    const loss = powerLosses.find((known) => known === values.loss) ?? 'lost'
    const only = point === undefined ? undefined : { point: number(point), loss }
    return runPowerLoss(seedsOf(8, 200, only), number(values.images), progress, only)
  }
  if (part === 'calls') {
    const only = failure()
    return runFailingCalls(seedsOf(2, 40, only), Math.max(1, number(values.every)), progress, only)
  }
  const only = values.image === undefined ? undefined : number(values.image)
  return runFlips(seedsOf(20, 120, only), number(values.damaged), progress, only)
}

/** The seeds and operations that were asked for; where one image is repeated, its seed alone. */
function seedsOf(seeds: number, operations: number, only: unknown): Seeds {
  return {
    seed: number(values.seed),
    seeds: only === undefined ? number(values.seeds ?? `${seeds}`) : 1,
    operations: number(values.operations ?? `${operations}`),
  }
}

function failure(): Failure | undefined {
  if (values.call === undefined) return undefined
  const code = (['EIO', 'ENOSPC', 'EROFS'] as const).find((known) => known === values.code)
  if (code === undefined) stop(`${values.code} is not tried`)
  const kinds = values.kinds?.split(',')
  const known = callKinds.filter((kind): kind is CallKind => kinds?.includes(kind) ?? true)
  return { call: number(values.call), code: code ?? 'EIO', kinds: known, forever: values.forever }
}

function number(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) stop(`${text} is no number`)
  return value
}

function stop(text: string): never {
  console.error(text)
  process.exit(2)
}
