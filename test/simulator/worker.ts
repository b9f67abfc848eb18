// Runs the seeds that its parent sends, one after the other, and ends with it.

import type { SeedReport } from './pool.js'
import { runSeed } from './run-seed.js'

process.on('message', (task: { seed: string; nodes?: number; untilS?: number }) => {
  void runSeed(task).then((result) => {
    const report: SeedReport =
      'outcome' in result
        ? { seed: task.seed, outcome: result.outcome }
        : { seed: task.seed, failure: String(result.failure.error.stack), diagram: result.failure.diagram }
    process.send?.(report)
  })
})
