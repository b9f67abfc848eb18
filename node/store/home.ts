// A node's directory: its layout, its modes, its version, the lock against a second node, and whether it is a copy.
//
//   version            "runnel home 1\n"
//   lock               see lock.ts
//   incarnation        16 random bytes | fingerprint 32
//   keys/ own/ kept/ cache/
//
// The fingerprint is of this machine and of this very file on it. A home that was copied or restored from a backup has the
// file but not its inode, so whoever opens it knows that another copy of the same keys and logs may be alive.

import { dirname } from 'node:path'
import { RunnelError, toRunnelError } from '../../errors/index.js'
import { decodeUtf8, encodeUtf8, equal } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { type FileStat, type Files, type Lock, readWhole, writeWhole } from './files.js'

export const HOME_VERSION = 'runnel home 1\n'
const INCARNATION_BYTES = 16
const FINGERPRINT_BYTES = 32
const directories = ['keys', 'own', 'kept', 'cache'] as const

export interface HomeOptions {
  readonly path: string
  readonly files: Files
  readonly crypto: Crypto
  readonly randomBytes: (length: number) => Uint8Array
}

export class Home {
  readonly path: string
  /** 16 random bytes that a home keeps until it turns out to be a copy and is adopted. */
  incarnation: Uint8Array = new Uint8Array(INCARNATION_BYTES)
  /** This home was copied or restored: its device key and logs may be in use elsewhere. */
  copied = false
  readonly #options: HomeOptions
  readonly #lock: Lock

  constructor(options: HomeOptions, lock: Lock) {
    this.path = options.path
    this.#options = options
    this.#lock = lock
  }

  /** Gives a copied home an incarnation of its own. To be called when the new device key and logs are safe. */
  async adopt(): Promise<void> {
    try {
      await this.#writeIncarnation()
    } catch (thrown) {
      throw toRunnelError(thrown, `write ${this.path}/incarnation`)
    }
  }

  /** Reads who this home is; makes it known where it is new. */
  async recognize(): Promise<void> {
    const { files } = this.#options
    const stored = readWhole(files, this.#incarnationPath, INCARNATION_BYTES + FINGERPRINT_BYTES)
    const stat = files.stat(this.#incarnationPath)
    if (stat === undefined) {
      // A backup that left it out is a copy all the same.
      this.copied = ['own', 'keys'].some((name) => files.list(`${this.path}/${name}`).length > 0)
      if (!this.copied) await this.#writeIncarnation()
      return
    }
    // What cannot be read cannot tell whether this is the original either.
    const fingerprint = stored?.subarray(INCARNATION_BYTES) ?? new Uint8Array(0)
    this.incarnation.set(stored?.subarray(0, INCARNATION_BYTES) ?? new Uint8Array(0))
    this.copied = !equal(fingerprint, this.#fingerprint(stat))
  }

  /** Lets another node have the home. */
  release(): void {
    this.#lock.release()
  }

  get #incarnationPath(): string {
    return `${this.path}/incarnation`
  }

  async #writeIncarnation(): Promise<void> {
    const { files, randomBytes } = this.#options
    const incarnation = randomBytes(INCARNATION_BYTES)
    // The file must exist before its fingerprint does, and keeps its inode when it is put in place.
    const temporary = `${this.#incarnationPath}.own`
    if (files.stat(temporary) !== undefined) await files.remove(temporary)
    const file = files.open(temporary, 'create')
    try {
      await file.write(0, incarnation)
      await file.write(INCARNATION_BYTES, this.#fingerprint(file.stat()))
      await file.flush()
    } finally {
      file.close()
    }
    await files.rename(temporary, this.#incarnationPath)
    await files.syncDirectory(this.path)
    this.incarnation = incarnation
    this.copied = false
  }

  #fingerprint({ inode, birthNs }: FileStat): Uint8Array {
    const { files, crypto } = this.#options
    return crypto.hash(encodeUtf8(`runnel fingerprint\n${files.machineId()}\n${inode}\n${birthNs}`))
  }
}

/**
 * Opens a home, or makes one. Throws READ_ONLY, PERMISSION, VERSION, NODE_RUNNING, or what the disk said; then nothing is
 * locked and nothing was changed, but for modes that were too open.
 */
export async function openHome(options: HomeOptions): Promise<Home> {
  const { path, files } = options
  try {
    if (files.stat(path) === undefined) await files.makeDirectory(path)
    // Until a first start has come so far, nobody knows whether the folders above were made just before and may be lost.
    if (files.stat(`${path}/version`) === undefined) await syncAbove(files, path)
    await enforceMode(files, path, 0o700)
    checkVersion(files, path)
    const lock = await files.lock(path)
    try {
      await layOut(files, path)
      const home = new Home(options, lock)
      await home.recognize()
      return home
    } catch (thrown) {
      lock.release()
      throw thrown
    }
  } catch (thrown) {
    throw toRunnelError(thrown, `open the home ${path}`)
  }
}

/** Makes the names of a directory and of all above it survive a power loss. */
async function syncAbove(files: Files, path: string): Promise<void> {
  const parent = dirname(path)
  await files.syncDirectory(parent)
  for (let above = parent; above !== dirname(above); ) {
    above = dirname(above)
    try {
      await files.syncDirectory(above)
    } catch (thrown) {
      // What refuses to be opened or synced is another's, or another file system: nothing in it was made for us.
      const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
      if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EINVAL' && code !== 'EROFS') throw thrown
    }
  }
}

function checkVersion(files: Files, path: string): void {
  if (files.stat(`${path}/version`) === undefined) {
    const isEmpty = files.stat(`${path}/own`) === undefined || files.list(`${path}/own`).length === 0
    if (isEmpty) return
    throw new RunnelError('VERSION', `${path} holds data but no version mark`)
  }
  const text = readWhole(files, `${path}/version`, 256)
  if (text !== undefined && equal(text, encodeUtf8(HOME_VERSION))) return
  const shown = decodeUtf8(text ?? new Uint8Array(0)) ?? ''
  throw new RunnelError('VERSION', `${path} is of version ${JSON.stringify(shown.trim())}`)
}

async function layOut(files: Files, path: string): Promise<void> {
  for (const name of directories) {
    const directory = `${path}/${name}`
    if (files.stat(directory) === undefined) await files.makeDirectory(directory)
    await enforceMode(files, directory, 0o700)
  }
  for (const name of files.list(`${path}/keys`)) await enforceMode(files, `${path}/keys/${name}`, 0o600)
  if (files.stat(`${path}/version`) === undefined) {
    await writeWhole(files, `${path}/version`, encodeUtf8(HOME_VERSION), true)
  }
  await files.syncDirectory(path)
}

/** Nobody but the owner may look in. Repaired where we may, refused with PERMISSION where it is another's. */
async function enforceMode(files: Files, path: string, mode: number): Promise<void> {
  const stat = files.stat(path)
  if (stat === undefined) return
  if (stat.user !== files.user && files.user !== 0) {
    throw new RunnelError('PERMISSION', `${path} belongs to another user`)
  }
  const isDirectory = mode === 0o700
  if (isDirectory && stat.kind !== 'directory') throw new RunnelError('NOT_A_FOLDER', `${path} is not a directory`)
  const open = stat.mode & 0o077
  const closed = isDirectory ? 0o700 & ~stat.mode : 0
  if (open === 0 && closed === 0) return
  await files.changeMode(path, isDirectory ? mode : stat.mode & mode)
}
