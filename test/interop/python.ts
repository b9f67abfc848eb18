// The Python that runs what was written from docs/protocol.md alone: the one that PYTHON names, that of the virtual
// environment which .ci/run makes, or the system's, if it has the packages of requirements.txt. Where none has, tests that
// need it are skipped with a word why; where CI=true they fail.

import { type ChildProcess, spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'uvu'
import { root } from '../house/tree.js'
import type { Host } from '../lab/lab.js'

const has = 'import sys, blake3, cryptography; sys.exit(sys.version_info < (3, 11))'
const advice =
  'no Python 3.11 with the packages of test/interop/requirements.txt: test/interop/README.md says how to get one'

const candidates = [process.env.PYTHON, join(homedir(), '.cache/runnel-test/venv/bin/python'), 'python3']
const python = candidates.find((path) => path && spawnSync(path, ['-c', has]).status === 0)

export interface Ended {
  readonly status: number | null
  readonly output: string
}

/** Starts a script of test/interop on a host of a lab. Throws where there is no Python for it. */
export function start(host: Host, script: string, ...args: string[]): ChildProcess {
  if (python === undefined) throw new Error(advice)
  return host.spawn(python, ['-B', join(root, 'test/interop', script), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs a script of test/interop with this tree's own command; it has 150 s. Throws where there is no Python for it. */
export function run(script: string, ...args: string[]): Ended {
  if (python === undefined) throw new Error(advice)
  const [command, ...before] = script.endsWith('.sh') ? ['sh'] : [python, '-B']
  const { status, stdout, stderr } = spawnSync(command as string, [...before, join('test/interop', script), ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PYTHON: python, RUNNEL: join(root, 'dist/runnel') },
    timeout: 150_000,
  })
  return { status, output: `${stdout}${stderr}` }
}

/** The suite's own way to add a test, or the one that skips it. */
export function withPython(test: Test): Test | Test['skip'] {
  if (python !== undefined || process.env.CI === 'true') return test
  console.log(`skipped: ${advice}`)
  return test.skip
}
