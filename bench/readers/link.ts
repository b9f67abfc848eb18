// The uplink as a bad link: how little is done over it so that a run ends, and what it really does, measured before the run.

import { renderNumber } from '../frame/number.js'
import type { Sizes } from '../frame/sizes.js'
import type { Surroundings } from '../frame/surroundings.js'
import { impair, type LinkFacts, type LinkProfile, measureLink } from '../impaired/index.js'
import { ReaderLine } from './network.js'

/** So long one reading takes at the link's rate, at most. */
const readingS = 15

/** Of readings that are made of so many at least. */
const leastFiles = 5

export interface DescribedLink {
  readonly profile: LinkProfile
  /** `netem`: this kernel's; `uml`: User-mode Linux's, in the middle of the cable; `tbf`: the rate alone. */
  readonly by: 'netem' | 'uml' | 'tbf'
  readonly facts: LinkFacts
  /** The same in words. */
  readonly text: string
}

/** As much as the link carries in a while. */
export function scaledTo(sizes: Sizes, { down }: LinkProfile): Sizes {
  const mostBytes = Math.round((down.kilobitsPerSecond * 1000 * readingS) / 8)
  const files = (count: number, bytes: number): number =>
    Math.min(count, Math.max(leastFiles, Math.floor(mostBytes / bytes)))
  return {
    ...sizes,
    lineFileBytes: Math.min(sizes.lineFileBytes, mostBytes),
    lossBytes: Math.min(sizes.lossBytes, Math.round(mostBytes / 3)),
    lineFiles: files(sizes.lineFiles, 4_096),
    lineFolderFiles: files(sizes.lineFolderFiles, 65_536),
    lineObjects: files(sizes.lineObjects, 3 * 16_384),
  }
}

/** Makes such a link once and measures it. Throws with the reason where it cannot be made. */
export async function describeLink(surroundings: Surroundings, profile: LinkProfile): Promise<DescribedLink> {
  const { children } = surroundings
  const line = new ReaderLine(surroundings)
  try {
    const impairment = await impair(line.uplink, profile, children)
    try {
      const facts = await measureLink(line.uplink, profile, children)
      return { profile, by: impairment.by, facts, text: inWords(profile, impairment.by, facts) }
    } finally {
      await impairment.close()
    }
  } finally {
    line.close()
  }
}

function inWords({ name, title }: LinkProfile, by: DescribedLink['by'], facts: LinkFacts): string {
  const { rttMedianMs, rttP99Ms, lostPercent, downKilobitsPerSecond, upKilobitsPerSecond } = facts
  const trips = `${renderNumber(rttMedianMs)} ms there and back (p99 ${renderNumber(rttP99Ms)})`
  const rates = `${renderNumber(downKilobitsPerSecond)} kbit/s down, ${renderNumber(upKilobitsPerSecond)} up`
  return `The uplink is ${name} (${title}), by ${by}: ${trips}, ${renderNumber(lostPercent)} % of pings lost, ${rates}.`
}
