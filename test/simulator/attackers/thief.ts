// Steals: it has keys of somebody's home, and speaks for them.
//
// Manners: device (signs newer cards, and goes on writing the logs), rung (signs a certificate of rung 0 with the highest
// serial there is, for a device of its own). Against a thief of a device its owner strikes it; against one of a rung the
// next rung signs. What a thief of a rung above 0 does is in figures/, with a Person's seeds.

import { KeyFiles } from '../../../node/identity/keys.js'
import { fromHex, toHex } from '../../../stack/bytes/index.js'
import {
  type CardRecord,
  decodeCard,
  encodeCard,
  encodeCertificate,
  formatLink,
  type Link,
  type NameState,
  signCertificate,
  signStreamRecord,
} from '../../../stack/name/index.js'
import { type Computer, HOME } from '../computer.js'
import type { Random } from '../random.js'
import type { Published } from './attack.js'
import { HandLog } from './hand-log.js'
import { refreshedState, signedCard } from './person.js'
import type { Tap } from './tap.js'

export const thiefManners = ['device', 'rung'] as const

const MAX_SERIAL = 0xffff_ffff

/** Speaks for a name: as if this node had written it. */
export function impersonate(tap: Tap, state: NameState, seedOf: (device: Uint8Array) => Uint8Array | undefined): void {
  let now = state
  tap.names.set(state.name, () => {
    now = refreshedState(tap.world.crypto, now, seedOf, tap.node.parts.outside.time.now().nowMs)
    return now
  })
  tap.node.hub.announce('name', state.name)
}

/** Gives a log as if this node had written it. */
export function serveLog(tap: Tap, log: HandLog): void {
  tap.logs.set(log.log, log)
  tap.node.hub.announce('log', log.log)
}

/** The victim has to run, so that there is something to steal. Gives what was written with what was stolen. */
export function thief(tap: Tap, manner: string, random: Random, victim: Computer): Published[] {
  const home = victim.node
  const state = home?.content.findName(home.parts.opened.identity.name)?.state
  if (home === undefined || state === undefined) return []
  const { crypto } = tap.world
  const { nowMs } = tap.node.parts.outside.time.now()
  const keys = new KeyFiles(victim.files, HOME)
  const deviceSeed = keys.read('device')
  const rungSeed = keys.read('rung-0')
  if (deviceSeed === undefined || rungSeed === undefined) return []
  const own = { seed: random.bytes(32), logSeed: random.bytes(32) }
  const stolen = new HandLog(crypto, { seed: own.logSeed, chunks: tap.extra })
  const entries = [random.bytes(100), random.bytes(1_000)]
  stolen.append(
    nowMs,
    entries.map((bytes) => ({ bytes })),
  )
  serveLog(tap, stolen)
  const link = formatLink(crypto, { target: 'log', key: stolen.log, label: undefined, secret: undefined, path: [] })
  const published: Published[] = [{ link, log: stolen.log, branches: [entries], common: entries.length }]
  if (manner === 'rung') {
    const device = crypto.ed25519.publicKeyFromSeed(own.seed)
    const { ladder } = state.certificate
    const certificate = signCertificate(crypto, rungSeed, {
      ladder,
      k: 0,
      serial: MAX_SERIAL,
      timeMs: nowMs,
      devices: [device],
      closings: undefined,
    })
    const labels = [...new Set(['main', ...home.streams.list().map(({ label }) => label)])]
    const records = labels.map((label) => recordOf(tap, own.logSeed, state.name, device, label, nowMs))
    const card = signedCard(
      crypto,
      own.seed,
      { name: state.name, device, version: 1, timeMs: nowMs },
      encodeCard(records),
    )
    const certificateBytes = encodeCertificate(certificate)
    impersonate(tap, { name: state.name, certificate, certificateBytes, cards: [card] }, () => own.seed)
    tap.count('certificate')
    return published
  }
  published.push(...goOn(tap, random, victim, nowMs))
  const { device } = home.parts.opened.identity
  const cards = state.cards.map((card) => {
    if (card === undefined || toHex(card.head.device) !== toHex(device)) return card
    const known = decodeCard(card.chunk)
    const records = typeof known === 'string' ? [] : known
    records.push(recordOf(tap, own.logSeed, state.name, device, 'stolen', nowMs))
    const of = { name: state.name, device, version: card.head.version + 1_000, timeMs: nowMs }
    return signedCard(crypto, deviceSeed, of, encodeCard(records))
  })
  impersonate(tap, { ...state, cards }, (key) => (toHex(key) === toHex(device) ? deviceSeed : undefined))
  tap.count('card')
  return published
}

/** Writes on in every log whose seed lies in the victim's home, from where it is now. */
function goOn(tap: Tap, random: Random, victim: Computer, nowMs: number): Published[] {
  const home = victim.node
  if (home === undefined) return []
  const { store } = home.parts
  return home.streams.list().flatMap(({ key, secret, log }) => {
    const record = store.value(`stream/${toHex(key)}`)
    const kept = record === undefined ? undefined : (JSON.parse(Buffer.from(record).toString()) as { seed?: string })
    const seed = fromHex(kept?.seed ?? '')
    if (seed === undefined) return []
    const read = (name: Uint8Array): Uint8Array | undefined => store.readChunk(name)?.bytes
    const forged = new HandLog(tap.world.crypto, { seed, secret, chunks: tap.extra, from: { held: log.held, read } })
    const common = forged.held.head.length
    const entries = [random.bytes(random.between(1, 500))]
    forged.append(
      nowMs,
      entries.map((bytes) => ({ bytes })),
    )
    serveLog(tap, forged)
    tap.count('stolen log')
    const text: Link = { target: 'log', key, label: undefined, secret, path: [] }
    return [{ link: formatLink(tap.world.crypto, text), log: key, branches: [entries], common }]
  })
}

function recordOf(
  tap: Tap,
  logSeed: Uint8Array,
  name: Uint8Array,
  device: Uint8Array,
  label: string,
  timeMs: number,
): CardRecord {
  return signStreamRecord(tap.world.crypto, logSeed, { name, device, visibility: 'public', label }, timeMs)
}
