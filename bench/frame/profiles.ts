// The first lines of a flame graph: in which functions a process spent its time, from the .cpuprofile files that Node
// leaves (V8's format: nodes, and a sample's node with the microseconds since the one before).

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './machine.js'

interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface SelfTime {
  /** Function and place; `(idle)`, `(garbage collector)` and `(program)`, which is native code without a name, too. */
  readonly what: string
  readonly milliseconds: number
  /** Part of all time that was not idle. */
  readonly share: number
}

/** The functions that took the most, `(idle)` last. */
export function selfTimes(profile: Profile, count: number): SelfTime[] {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const totals = new Map<string, number>()
  let busyUs = 0
  for (const [index, id] of profile.samples.entries()) {
    const what = names.get(id) ?? '(unknown)'
    const deltaUs = profile.timeDeltas[index] ?? 0
    totals.set(what, (totals.get(what) ?? 0) + deltaUs)
    if (what !== '(idle)') busyUs += deltaUs
  }
  const all = [...totals].map(([what, us]) => ({ what, milliseconds: us / 1000, share: us / busyUs }))
  const busy = all.filter(({ what }) => what !== '(idle)').sort((a, b) => b.milliseconds - a.milliseconds)
  return [...busy.slice(0, count), ...all.filter(({ what }) => what === '(idle)')]
}

/** Text for every profile in a directory. */
export function renderProfiles(directory: string, count: number): string {
  const files = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'))
  return files
    .sort()
    .map((name) => {
      const profile = JSON.parse(readFileSync(join(directory, name), 'utf8')) as Profile
      const lines = selfTimes(profile, count).map(({ what, milliseconds, share }) => {
        const part = what === '(idle)' ? '' : `${(100 * share).toFixed(1)} %`
        return `${milliseconds.toFixed(0).padStart(8)} ms ${part.padStart(7)}  ${what}`
      })
      return [name, ...lines].join('\n')
    })
    .join('\n\n')
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  const path = url.startsWith('file:') ? fileURLToPath(url).replace(join(root, 'dist/'), '').replace(root, '') : url
  return `${name} ${path}:${lineNumber + 1}`
}
