// Looks for many defects at a time, one for each core, and answers in the order of the table: each begins when there is room,
// and whoever asks about one waits for that one only.

import { availableParallelism } from 'node:os'
import type { Defect } from './defect.js'
import { type Finding, find } from './run.js'

/** Begins with the first of `defects`; the `finding` of each resolves once its harness has ended, and never rejects. */
export function findAll(
  defects: readonly Defect[],
  limitMs: number,
  width = availableParallelism(),
): readonly { readonly defect: Defect; readonly finding: Promise<Finding> }[] {
  const waiting: (() => Promise<void>)[] = []
  const all = defects.map((defect) => {
    const finding = new Promise<Finding>((resolve) => {
      waiting.push(async () => resolve(await find(defect, limitMs).catch(failed)))
    })
    return { defect, finding }
  })
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next()
  }
  for (let worker = 0; worker < width; worker++) void work()
  return all
}

function failed(thrown: unknown): Finding {
  return { missed: `it could not be planted: ${thrown instanceof Error ? thrown.message : String(thrown)}`, seconds: 0 }
}
