// What all attackers have in common: which kinds there are, what an attacker is told, and what can be seen of one.

import type { RouteName } from '../../../stack/forward/index.js'
import type { Computer } from '../computer.js'
import type { World } from '../world.js'

/** Each is an honest node with one switch. */
export const attackKinds = ['lie', 'stale', 'blackhole', 'flood', 'hoard', 'fork', 'thief', 'bomb', 'slow'] as const
export type AttackKind = (typeof attackKinds)[number]

/** Something that can be announced and asked for. */
export interface KnownKey {
  readonly kind: RouteName
  readonly key: Uint8Array
}

/** What an attacker is told. */
export interface AttackContext {
  readonly world: World
  /** Names and logs that it was told of; it learns others from what passes. Asked again and again. */
  readonly keys?: () => Iterable<KnownKey>
  /** How it goes about it; drawn when absent. Each kind's file lists its manners. */
  readonly manner?: string
  /** Whose home a thief has copied the keys from; it runs. */
  readonly victim?: Computer
  /** Interests a second of a flood. */
  readonly rate?: number
}

/** An attack on its way, as long as the node that it was applied to runs. */
export interface Attack {
  readonly kind: AttackKind
  readonly manner: string
  /** What it did, by deed. */
  readonly deeds: ReadonlyMap<string, number>
  /** What it wrote itself, by link: entries that a reader may be shown of it. */
  readonly published: readonly Published[]
  /** It is an honest node again; what it has sent stays sent. */
  stop(): void
}

/** A stream of an attacker's own making. */
export interface Published {
  readonly link: string
  readonly log: Uint8Array
  /** Each list of entries is one that the log's key has signed; all begin alike. */
  readonly branches: readonly (readonly Uint8Array[])[]
  /** Entries that all branches begin with. */
  readonly common: number
}
