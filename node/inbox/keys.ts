// The private keys of this device's inbox, in a file of their own, so that deleting one is a matter of one small file and
// not of a segment that lives on: HOME/keys/inbox, 0600, written anew and whole whenever a key comes or goes.

import { decodeUtf8, encodeUtf8, equal, fromHex, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type InboxKey, listedKeys, planKeys } from '../../stack/inbox/index.js'
import type { InboxRecord } from '../../stack/name/index.js'
import { type Files, readWhole, writeWhole } from '../store/index.js'

const maxFileBytes = 65_536

export class InboxKeys {
  readonly #crypto: Crypto
  readonly #files: Files
  readonly #path: string
  readonly #randomBytes: (count: number) => Uint8Array
  readonly #device: Uint8Array
  #keys: readonly InboxKey[]

  /** Keys of another device (this home was copied from it) are left out, and go with the next change. */
  constructor(options: {
    readonly crypto: Crypto
    readonly files: Files
    readonly home: string
    readonly randomBytes: (count: number) => Uint8Array
    readonly device: Uint8Array
  }) {
    this.#crypto = options.crypto
    this.#files = options.files
    this.#path = `${options.home}/keys/inbox`
    this.#randomBytes = options.randomBytes
    this.#device = options.device
    this.#keys = this.#read()
  }

  /** Those that may still open something. */
  get privateKeys(): readonly Uint8Array[] {
    return this.#keys.map(({ privateKey }) => privateKey)
  }

  /** Deletes keys whose time is over and makes those that are missing; on disk when it resolves. */
  async renew(nowMs: number): Promise<void> {
    const { live, missing } = planKeys(this.#keys, nowMs)
    if (missing.length === 0 && live.length === this.#keys.length) return
    const keys = [...live, ...missing.map((week) => ({ ...week, privateKey: this.#randomBytes(32) }))]
    const lines = keys.map(({ fromMs, untilMs, privateKey }) => `${fromMs} ${untilMs} ${toHex(privateKey)}\n`)
    await writeWhole(this.#files, this.#path, encodeUtf8(`${toHex(this.#device)}\n${lines.join('')}`), true)
    this.#keys = keys
  }

  /** What the card says of them. */
  records(custodians: readonly Uint8Array[], nowMs: number): InboxRecord[] {
    return listedKeys(this.#keys, nowMs).map(({ privateKey, fromMs, untilMs }) => {
      const key = this.#crypto.x25519.publicFromPrivate(privateKey)
      return { type: 'inbox', timeMs: nowMs, key, fromMs, untilMs, custodians }
    })
  }

  /** A line that is damaged is one key less: what was sealed to it is lost, and the rest is not. */
  #read(): InboxKey[] {
    const content = readWhole(this.#files, this.#path, maxFileBytes)
    const [device = '', ...lines] = (content === undefined ? '' : (decodeUtf8(content) ?? '')).split('\n')
    if (!equal(fromHex(device) ?? new Uint8Array(0), this.#device)) return []
    return lines.flatMap((line) => {
      const [from, until, text = ''] = line.split(' ')
      const [fromMs, untilMs] = [Number(from), Number(until)]
      const privateKey = fromHex(text)
      const sound = privateKey?.length === 32 && Number.isSafeInteger(fromMs) && untilMs > fromMs
      return sound ? { fromMs, untilMs, privateKey } : []
    })
  }
}
