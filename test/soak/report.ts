// What a soak did, in a few lines.

import type { Counts } from './counts.js'
import { megabytes } from './finding.js'
import type { Life } from './life.js'

export function tellCounts(counts: Counts, lives: readonly Life[], tookMs: number): string {
  const ended = Object.entries(counts.ended).map(([what, count]) => `${what} ${count}`)
  const looks = lives.reduce((sum, life) => sum + life.looks.length, 0)
  return [
    `${counts.rounds} rounds in ${(tookMs / 60_000).toFixed(1)} minutes, ${looks} looks at ${lives.length} lives; ended: ${ended.join(', ')}`,
    `${counts.publishes} publishes, ${counts.entries} entries by ${counts.appends} appends; ${counts.gets} gets of the tree, ${counts.pieces} pieces of the library, ${counts.tails} tails`,
    `${counts.programs} programs and ${counts.visitors} nodes came and went, ${counts.broken} reads were broken off, ${counts.excused} calls met a node that was down`,
    `${megabytes(counts.readBytes)} were read, and all compared`,
  ].join('\n')
}
