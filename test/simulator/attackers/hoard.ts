// Hoards: it announces every name and log that it hears of as if it published them, and then has nothing to give.
//
// Manners: refuses (Nack at once), dawdles (Nack when most of the lifetime is over), silent, lies (any bytes at once).

import { KeyMap } from '../../../stack/bytes/index.js'
import type { AnnouncedRoute, RouteName } from '../../../stack/forward/index.js'
import type { Random } from '../random.js'
import type { KnownKey } from './attack.js'
import type { Tap } from './tap.js'

export const hoardManners = ['refuses', 'dawdles', 'silent', 'lies'] as const

const TICK_US = 500_000
const LIFETIME_S = 300

export function hoard(tap: Tap, manner: string, random: Random, keys: () => Iterable<KnownKey>): void {
  const heard = new KeyMap<RouteName>(new Uint8Array(8), 65_536)
  const hear = ({ kind, key }: KnownKey): void => {
    if (!heard.has(key) && !heard.full) heard.set(key.slice(), kind)
  }
  const told = new Map<number, number>()
  const tell = (): void => {
    for (const known of keys()) hear(known)
    for (const link of tap.upstreams()) {
      const before = told.get(link) ?? 0
      if (heard.size === before) continue
      const routes: AnnouncedRoute[] = []
      for (const [key, kind] of heard) routes.push({ kind, key, lifetimeS: LIFETIME_S, cost: 0 })
      tap.announce(link, routes.slice(before))
      tap.count('announced', routes.length - before)
      told.set(link, routes.length)
    }
    tap.after(TICK_US, tell)
  }
  tap.handleRoute = hear
  tap.handleAsked = (asked) => {
    const { interest } = asked
    const { kind } = interest.question
    if (kind === 'chunk') hear({ kind: 'log', key: interest.question.via })
    else hear({ kind: kind === 'name' ? 'name' : 'log', key: interest.key })
    if (isOwn(tap, asked.interest.key)) return false
    tap.count(manner)
    if (manner === 'refuses') tap.nack(asked, 'NoRoute')
    if (manner === 'lies') tap.answer(asked, random.bytes(100))
    if (manner === 'dawdles') tap.after(interest.lifetimeMs * 900, () => tap.nack(asked, 'NotYet'))
    return true
  }
  tap.after(0, tell)
}

/** What it publishes itself it gives like anybody, or nobody would trust it for anything. */
function isOwn(tap: Tap, key: Uint8Array): boolean {
  const { content } = tap.node
  return content.isOwn('name', key) || content.isOwn('head', key) || content.isOwn('chunk', key)
}
