// A suite of the bench as its test runs it: a little of everything, once, in a folder that is gone afterwards. No time is
// looked at.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Results } from './results.js'

export class QuickRun {
  readonly directory: string
  readonly #suite: string
  #results: Results | undefined

  constructor(suite: string) {
    this.#suite = suite
    // Short: the sockets of nodes below it have names of a hundred bytes at most.
    this.directory = mkdtempSync(join(tmpdir(), `${suite}-`))
  }

  /** Runs the bench to its end: nothing may fail, and nothing but its results be left behind. */
  run(args: readonly string[]): void {
    const file = join(this.directory, 'results.json')
    const said = this.command(['--results', file, ...args])
    assert.ok(existsSync(file), said.output)
    this.#results = JSON.parse(readFileSync(file, 'utf8')) as Results
    assert.is(said.status, 0, said.output)
    assert.equal(this.#results.failures, [])
    assert.equal(readdirSync(this.directory), ['results.json'])
  }

  /** The bench with other arguments in the same folder. */
  command(args: readonly string[]): { status: number | null; stdout: string; output: string } {
    const main = join(import.meta.dirname, '..', 'main.js')
    const all = [main, this.#suite, '--quick', '--directory', this.directory, ...args]
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8' })
    return { status, stdout, output: stdout + stderr }
  }

  get samples(): Results['samples'] {
    return this.#results?.samples ?? []
  }

  /** What Runnel counted in a scenario, the first time. */
  countersOf(scenario: string): Readonly<Record<string, number>> {
    const sample = this.samples.find((one) => one.scenario === scenario && one.contender === 'runnel')
    assert.ok(sample !== undefined, `${scenario} did not run`)
    return sample?.counters ?? {}
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
