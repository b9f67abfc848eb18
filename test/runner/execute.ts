// Runs one test file in a process group of its own, with a temporary directory of its own, and ends all of it: at the
// wall limit, when the runner is interrupted, and when a test left processes behind (which counts as failed).

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { groupLives, signalGroup } from './group.js'
import type { Ending } from './outcome.js'
import type { TestFile } from './plan.js'

/** Output beyond this is dropped from the front: the failure and the totals stand at the end. */
const outputLimitBytes = 4 * 1024 * 1024

/** How long children that were told to stop may take to be gone after their test file has ended. */
const lingerMs = 2000

const running = new Set<number>()

/** Kills every test that runs now; for the runner's own end. */
export function killAll(): void {
  for (const group of running) signalGroup(group, 'SIGKILL')
}

/** Runs `file`; never rejects. */
export async function execute(compiledRoot: string, file: TestFile): Promise<Ending> {
  // Short, because the path of a Unix socket has 107 bytes at most.
  const temporary = mkdtempSync(join(tmpdir(), 'rt-'))
  try {
    return await executeIn(temporary, compiledRoot, file)
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function executeIn(temporary: string, compiledRoot: string, file: TestFile): Promise<Ending> {
  const started = performance.now()
  const child = spawn(process.execPath, ['--enable-source-maps', join(compiledRoot, file.path)], {
    cwd: join(compiledRoot, '..'),
    env: environment(temporary, file.provider),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const chunks = new Tail(outputLimitBytes)
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const group = child.pid
  let complaint: string | undefined
  const timer = setTimeout(() => {
    complaint = `killed after ${file.limitMs / 1000} s: it hangs, or left something open`
    if (group !== undefined) signalGroup(group, 'SIGKILL')
  }, file.limitMs)
  if (group !== undefined) running.add(group)

  const { exitCode, signal } = await new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, name) => resolve({ exitCode: code, signal: name }))
    child.once('error', (error) => {
      complaint = `did not start: ${error.message}`
      resolve({ exitCode: 1, signal: null })
    })
  })
  clearTimeout(timer)
  if (group !== undefined) {
    if (!(await groupEnds(group))) {
      complaint ??= 'left a process behind'
      signalGroup(group, 'SIGKILL')
    }
    running.delete(group)
    await Promise.race([closed, sleep(lingerMs, undefined, { ref: false })])
  }
  // A process that escaped the group may still hold the pipes; the runner does not wait for it.
  child.stdout.destroy()
  child.stderr.destroy()
  const milliseconds = performance.now() - started
  return { output: chunks.text(), exitCode, signal, milliseconds, ...(complaint === undefined ? {} : { complaint }) }
}

/** A test sees none of the user's own Runnel settings, and no colours, because its output is read. */
function environment(temporary: string, provider: string | undefined): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('RUNNEL_') || name.startsWith('RUNNEL_TEST_') || name === 'RUNNEL_REQUIRE_NETWORK',
  )
  const chosen = provider === undefined ? {} : { RUNNEL_CRYPTO: provider }
  return { ...Object.fromEntries(kept), ...chosen, TMPDIR: temporary, FORCE_COLOR: '0', NO_COLOR: '1' }
}

async function groupEnds(group: number): Promise<boolean> {
  const deadline = performance.now() + lingerMs
  while (groupLives(group)) {
    if (performance.now() > deadline) return false
    await sleep(20)
  }
  return true
}

/** The last bytes of an output. */
class Tail {
  readonly #limitBytes: number
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) > this.#limitBytes) {
      this.#bytes -= this.#chunks.shift()?.length ?? 0
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }
}
