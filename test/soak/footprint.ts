// What a home takes on disk, by place.

import { readdirSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'

export interface Footprint {
  readonly bytes: number
  readonly files: number
}

export const places = ['own', 'kept', 'cache', 'rest'] as const
export type PlaceOfHome = (typeof places)[number]

/** Lengths and numbers of files. What stands in none of the three places of segments is the rest. */
export function footprintOf(home: string): Record<PlaceOfHome, Footprint> {
  const found = { own: nothing(), kept: nothing(), cache: nothing(), rest: nothing() }
  for (const path of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
    const stat = statSync(join(home, path), { throwIfNoEntry: false })
    if (stat?.isFile() !== true) continue
    const [first] = path.split(sep)
    const place = found[places.find((name) => name === first) ?? 'rest']
    place.bytes += stat.size
    place.files += 1
  }
  return found
}

function nothing(): { bytes: number; files: number } {
  return { bytes: 0, files: 0 }
}
