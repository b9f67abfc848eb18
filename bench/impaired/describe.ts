// The ladder as a table, for docs/benchmarks.md.

import { type Direction, type LinkProfile, linkProfiles } from './profiles.js'

const heading =
  '| `--profile` | what | there and back | varies | down / up, Mbit/s | lost each way | buffer | from |\n|---|---|---|---|---|---|---|---|'

/** In Markdown. */
export function describeLadder(): string {
  return [heading, ...linkProfiles.map(describe)].join('\n')
}

function describe({ name, title, down, up, source }: LinkProfile): string {
  const cells = [
    `\`${name}\``,
    title,
    `${down.delayMs + up.delayMs} ms`,
    down.jitterMs === 0 ? '' : `± ${down.jitterMs} ms each way`,
    `${down.kilobitsPerSecond / 1000} / ${up.kilobitsPerSecond / 1000}`,
    lossOf(down),
    down.bufferMs === up.bufferMs ? time(down) : `${time(down)} / ${time(up)}`,
    source,
  ]
  return `| ${cells.join(' | ')} |`
}

function time({ bufferMs }: Direction): string {
  return `${Number(bufferMs.toPrecision(3))} ms`
}

function lossOf({ loss: { percent, burstPackets } }: Direction): string {
  if (percent === 0) return ''
  return burstPackets === 1 ? `${percent} %` : `${percent} %, ${burstPackets} in a row`
}
