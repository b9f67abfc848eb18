// The name of this node, as others have it as well: what they are heard to have is joined with what is held here. A copy
// of this home that certified a device of its own, and did not know of ours, is listed beside us from then on, and we
// beside it (protocol §4.4). Nothing is given to others before it is on disk.

import type { Crypto } from '../../stack/crypto/index.js'
import {
  type Certificate,
  cardOf,
  compareCertificates,
  deviceIndex,
  encodeCertificate,
  joinCertificates,
  mergeNameStates,
  type NameState,
  signCertificate,
} from '../../stack/name/index.js'
import type { LogEvent } from '../log-event.js'
import type { Store, Time } from '../store/index.js'
import { certificateItems, type Identity } from './identity.js'
import type { KeyFiles } from './keys.js'

export interface OwnNameContext {
  readonly crypto: Crypto
  readonly store: Store
  readonly keys: KeyFiles
  readonly identity: Identity
  readonly time: Time
  /** What is held now, with the newest card of this device. */
  readonly held: () => NameState | undefined
  /** Takes what is held from now on; its certificate is on disk. */
  readonly take: (state: NameState) => void
  readonly log: (event: LogEvent) => void
}

export class OwnName {
  readonly #context: OwnNameContext
  #joining: Promise<void> = Promise.resolve()

  constructor(context: OwnNameContext) {
    this.#context = context
  }

  /** Whether the certificate that counts lists this device. If not, nobody finds what it writes. */
  get listed(): boolean {
    const { held, identity } = this.#context
    const state = held()
    return state !== undefined && deviceIndex(state.certificate, identity.device) >= 0
  }

  /** Takes a verified state that somebody else has, behind those that came before. */
  handleHeard(came: NameState): void {
    const { log } = this.#context
    this.#joining = this.#joining
      .then(() => this.#join(came))
      .catch((error: unknown) => {
        log({ level: 'error', event: 'the certificate could not be written', reason: String(error) })
      })
  }

  /** Resolves when nothing is being written any more. */
  settle(): Promise<void> {
    return this.#joining
  }

  async #join(came: NameState): Promise<void> {
    const { crypto, store, identity, time, held: current, take } = this.#context
    const held = current()
    if (held === undefined) return
    const certificate = this.#certificateOf(held.certificate, came.certificate)
    const isNew = compareCertificates(crypto, certificate, held.certificate) > 0
    if (isNew) {
      await store.commit(certificateItems(certificate, identity.device, time.now().nowMs))
      this.#report(held.certificate, certificate)
    }
    const cards = certificate.devices.map((device) => cardOf(came, device))
    const { name } = identity
    const { state, newer } = mergeNameStates(crypto, held, {
      name,
      certificate,
      certificateBytes: encodeCertificate(certificate),
      cards,
    })
    if (newer) take(state)
  }

  /** What counts of two: a third one that lists the devices of both, where we can sign it, else the higher one. */
  #certificateOf(held: Certificate, came: Certificate): Certificate {
    const { crypto, keys, log } = this.#context
    const higher = compareCertificates(crypto, came, held) > 0 ? came : held
    const join = joinCertificates(crypto, held, came)
    if (join.kind === 'full') {
      const event = 'another copy of this home has devices that no certificate has room for'
      log({ level: 'warn', event, serial: came.serial })
    }
    if (join.kind !== 'sign' || join.body.k !== 0) return higher
    try {
      const rungSeed = keys.read('rung-0')
      if (rungSeed === undefined) return higher
      const certificate = signCertificate(crypto, rungSeed, join.body)
      rungSeed.fill(0)
      return certificate
    } catch (error) {
      log({ level: 'error', event: 'the devices of another copy could not be certified', reason: String(error) })
      return higher
    }
  }

  #report(before: Certificate, certificate: Certificate): void {
    const { identity, log } = this.#context
    const { k, serial, devices } = certificate
    const event = 'the certificate of this name is another one'
    const lost = deviceIndex(before, identity.device) >= 0 && deviceIndex(certificate, identity.device) < 0
    log({ level: lost ? 'warn' : 'info', event, rung: k, serial, devices: devices.length, listed: !lost })
  }
}
