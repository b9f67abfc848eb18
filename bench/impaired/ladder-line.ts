// Three readers, their router and a publisher, with a bad link between the router and the publisher; the readers' own cables are
// a house's. Before anything else runs it is measured what the link really does.

import type { Surroundings } from '../frame/surroundings.js'
import { Line } from '../line/line.js'
import { type Impairment, impair } from './impair.js'
import { type LinkFacts, measureLink } from './measure.js'
import type { LinkProfile } from './profiles.js'

export const readers = ['first', 'second', 'third'] as const
export type ReaderPlace = (typeof readers)[number]
type Place = ReaderPlace | 'router' | 'publisher'

const places: readonly Place[] = [...readers, 'router', 'publisher']

function between(near: Place, far: Place, network: number) {
  return {
    near: { place: near, device: `to-${far}`, address: `10.80.${network}.1` },
    far: { place: far, device: `to-${near}`, address: `10.80.${network}.2` },
  }
}

const plan = [
  between('router', 'publisher', 1),
  ...readers.map((reader, index) => between(reader, 'router', index + 2)),
]

export class LadderLine extends Line<Place> {
  #impairment: Impairment | undefined

  constructor({ children }: Pick<Surroundings, 'children'>) {
    super(children, places, plan, { quiet: true })
  }

  /** The link as the profile says; gives what it then does. */
  async impair(profile: LinkProfile, { children, sizes }: Surroundings): Promise<LinkFacts> {
    const uplink = this.cable('router', 'publisher')
    this.#impairment = await impair(uplink, profile, children)
    return measureLink(uplink, profile, children, sizes)
  }

  /** Bytes that have come to the router over the link. */
  cameOverLink(): number {
    return this.bytes('router', 'publisher').received
  }

  async end(): Promise<void> {
    await this.#impairment?.close()
    this.close()
  }
}
