// What a test file's process ended with, as numbers. uvu prints its totals last; a process that did not get there, that
// ran nothing, or that had to be killed has failed, whatever it printed before.

export interface Ending {
  readonly output: string
  readonly exitCode: number | null
  readonly signal: string | null
  readonly milliseconds: number
  /** What the runner had to do to end it: `killed after 120 s`, `left a process behind`. */
  readonly complaint?: string
}

export interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Why it counts as failed beyond the tests that uvu counted. */
  readonly complaint?: string
}

const totals = /^ {2}Total: {5}(\d+)\n {2}Passed: {4}(\d+)\n {2}Skipped: {3}(\d+)$/gm

/** Counts what a file's process did; with `skippedFails`, a skipped test is a failed one. */
export function judge(ending: Ending, skippedFails: boolean): Outcome {
  // The last block counts: a test of the runner itself prints others before it.
  const last = [...ending.output.matchAll(totals)].at(-1)
  const [total, passed, skippedByUvu] = last === undefined ? [0, 0, 0] : last.slice(1).map(Number)
  if (total === undefined || passed === undefined || skippedByUvu === undefined)
    throw new Error('totals without numbers')
  const skipped = skippedFails ? 0 : skippedByUvu
  const failed = total - passed + (skippedFails ? skippedByUvu : 0)
  const complaint = complaintOf(
    ending,
    last !== undefined,
    total + skippedByUvu,
    failed,
    skippedFails && skippedByUvu > 0,
  )
  const uncounted = complaint !== undefined && failed === 0 ? 1 : 0
  return { passed, skipped, failed: failed + uncounted, ...(complaint === undefined ? {} : { complaint }) }
}

function complaintOf(
  ending: Ending,
  finished: boolean,
  tests: number,
  failed: number,
  skippedFails: boolean,
): string | undefined {
  if (ending.complaint !== undefined) return ending.complaint
  if (ending.signal !== null) return `ended by ${ending.signal}`
  if (!finished) return `ended before its tests did (exit code ${ending.exitCode})`
  if (tests === 0) return 'ran no test'
  if (skippedFails) return 'skipped a test that must run here'
  if (failed === 0 && ending.exitCode !== 0) return `exit code ${ending.exitCode}`
  return undefined
}
