// Fragments follow their first one, as native/tunnel's parts.rs has it: by its flow, and not over one that has been.

import type { DropReason, Packet } from './ip.js'

interface Begun {
  readonly flow: string
  readonly covered: [number, number][]
  isSpoilt: boolean
}

/** A fragment of a packet that has been read. */
export interface Fragment {
  readonly packet: Packet
  readonly part: NonNullable<Packet['part']>
}

export class Parts {
  readonly #begun = new Map<string, Begun>()

  /** Notes the first fragment of a packet, of which the flow is known. */
  begin({ packet, part }: Fragment, flow: string): DropReason | undefined {
    const key = partKey({ packet, part })
    const begun = this.#begun.get(key)
    if (begun !== undefined) {
      begun.isSpoilt = true
      return 'fragment-overlap'
    }
    this.#begun.set(key, { flow, covered: [[0, part.length]], isSpoilt: false })
    return undefined
  }

  /** The flow of a later fragment. */
  follow({ packet, part }: Fragment): { readonly flow: string } | DropReason {
    const begun = this.#begun.get(partKey({ packet, part }))
    if (begun === undefined) return 'fragment'
    const end = part.offset + part.length
    begun.isSpoilt ||= end > 65_535 || begun.covered.some(([from, to]) => from < end && part.offset < to)
    if (begun.isSpoilt) return 'fragment-overlap'
    begun.covered.push([part.offset, end])
    return begun
  }
}

/** What the fragments of a packet have in common: source, destination and number. */
export function partKey({ packet: { source, destination }, part }: Fragment): string {
  return String([source, destination, part.id])
}
