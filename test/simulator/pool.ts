// Runs many seeds in processes of their own, as many at once as there are processors, and hands back each result as it
// comes. A process that ends without one is a failure of the seed that it was at.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Outcome } from './outcome.js'

export interface PoolOptions {
  readonly first: number
  readonly count: number
  readonly jobs: number
  readonly nodes?: number | undefined
  readonly untilS?: number | undefined
  /** Whether a further seed is begun. */
  readonly goesOn?: () => boolean
}

/** What a worker says of one seed. */
export type SeedReport =
  | { readonly seed: string; readonly outcome: Outcome }
  | { readonly seed: string; readonly failure: string; readonly diagram: string }

const worker = fileURLToPath(new URL('./worker.js', import.meta.url))

/** Resolves when all seeds have ended. */
export async function runPool(options: PoolOptions, handle: (report: SeedReport) => void): Promise<void> {
  const { first, count, jobs, nodes, untilS, goesOn = () => true } = options
  let next = first
  const take = (): string | undefined => (next < first + count && goesOn() ? String(next++) : undefined)
  const runWorker = async (): Promise<void> => {
    for (let seed = take(); seed !== undefined; seed = take()) {
      const child = fork(worker, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      let open: string | undefined = seed
      child.on('message', (report: SeedReport) => {
        handle(report)
        open = take()
        if (open === undefined) child.disconnect()
        else child.send({ seed: open, nodes, untilS })
      })
      child.send({ seed, nodes, untilS })
      await new Promise<void>((resolve) => child.once('exit', () => resolve()))
      if (open !== undefined) handle({ seed: open, failure: 'its process ended without a result', diagram: '' })
    }
  }
  await Promise.all(Array.from({ length: jobs }, runWorker))
}
