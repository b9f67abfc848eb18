// Runs a harness on a tree with a defect, and tells whether it found it.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Defect } from './defect.js'
import { plant } from './plant.js'

export interface Finding {
  /** Undefined when the harness failed and said why; else what is wrong with it. */
  readonly missed: string | undefined
  readonly seconds: number
}

export async function find(defect: Defect, limitMs: number): Promise<Finding> {
  const { directory, remove } = plant(defect)
  const begin = performance.now()
  try {
    const [program = '', ...rest] = defect.run
    const child = spawn(process.execPath, [join(directory, 'dist', program), ...rest], {
      cwd: directory,
      // A defect is planted in compiled JavaScript, so that is what has to run.
      env: { ...process.env, RUNNEL_CRYPTO: defect.needs === 'addon' ? 'native' : 'portable' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let output = ''
    const hear = (bytes: Buffer): void => {
      output = (output + bytes.toString()).slice(-200_000)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    const end = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, limitMs)
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    clearTimeout(end)
    const seconds = (performance.now() - begin) / 1000
    if (code === null) return { missed: `it did not end within ${limitMs / 1000} s`, seconds }
    if (code === 0) return { missed: 'it found nothing wrong', seconds }
    if (!defect.says.test(output)) return { missed: `it failed for another reason:\n${output.slice(-2_000)}`, seconds }
    return { missed: undefined, seconds }
  } finally {
    remove()
  }
}
