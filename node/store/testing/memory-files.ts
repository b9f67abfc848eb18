// `Files` in memory for tests: power loss after any change, a kill in any call, the n-th call that fails, and bits that flip
// at rest.

import type { FileStat, Files, Lock, OpenFile } from '../files.js'
import { Content, keep } from './content.js'
import { type CallKind, type Failure, Faults, Killed, never, systemError } from './faults.js'
import { applyData, applyName, type Change, emptyImage, forkImage, type Image, parentOf } from './memory-disk.js'
import { PowerCut, type PowerLoss } from './power-cut.js'

export type { CallKind, Failure } from './faults.js'

export class MemoryFiles implements Files {
  readonly user = 1000
  machine = 'a machine'
  /** Every change since the beginning. */
  readonly changes: Change[]
  /** Bytes that all files may have together; beyond them a write fails with ENOSPC. */
  capacityBytes = Number.MAX_SAFE_INTEGER
  /** Files that are open now: 0 when everything was closed. */
  openFiles = 0
  readonly faults = new Faults()
  /** What the disk held before the first change. */
  readonly #before: Image
  #image: Image
  /** Of a disk that forgets. */
  #cut: PowerCut | undefined
  #nextInode: number
  readonly #modes = new Map<string, number>()
  #locked = false

  constructor(image: Image = emptyImage(), changes: Change[] = [], before: Image = forkImage(image)) {
    this.#image = image
    this.#before = before
    this.changes = changes
    this.#nextInode = 1 + Math.max(0, ...image.names.values(), ...image.contents.keys())
  }

  /** A new disk as it is after a power loss that follows the first `count` changes. */
  static afterPowerLoss(files: MemoryFiles, count: number, loss: PowerLoss, random: () => number): MemoryFiles {
    const cut = files.#cut ?? new PowerCut(files.changes, files.#before)
    cut.advance(count)
    return new MemoryFiles(cut.image(loss, random))
  }

  /** A new disk with the same content: what a process finds that starts after another was killed. */
  copy(): MemoryFiles {
    const copied = new MemoryFiles(forkImage(this.#image))
    copied.#nextInode = this.#nextInode
    copied.machine = this.machine
    return copied
  }

  /** The same disk for the next process: what the last one wrote and did not flush is there, and still not flushed. */
  successor(): MemoryFiles {
    const next = new MemoryFiles(this.#image, this.changes, this.#before)
    next.#nextInode = this.#nextInode
    next.machine = this.machine
    next.capacityBytes = this.capacityBytes
    next.#cut = this.#cut
    for (const [path, mode] of this.#modes) next.#modes.set(path, mode)
    return next
  }

  /** Takes the content of another disk. No file may be open. */
  become(other: MemoryFiles): void {
    this.#image = other.#image
    this.#nextInode = other.#nextInode
  }

  /**
   * From now on each change that a power loss can no longer undo is let go, so that a disk that is used for long stays
   * small. Then only what a power loss leaves after the last change can be asked.
   */
  forget(): void {
    this.#cut ??= new PowerCut(this.changes, this.#before)
    this.#cut.forget(this.#image)
  }

  failAt(failure: Failure | undefined): void {
    this.faults.failAt(failure)
  }

  /** The content of a file as a view that may be changed: damage at rest. */
  content(path: string): Uint8Array {
    return this.#content(path).view()
  }

  /** Whether a name has a content: a power loss may leave one without. */
  holds(path: string): boolean {
    return this.#image.contents.has(this.#image.names.get(path) ?? -1)
  }

  /** Cuts a file at rest. */
  cut(path: string, bytes: number): void {
    this.#content(path).truncate(bytes)
  }

  /** The paths of all files that end in `suffix`, sorted. */
  paths(suffix = ''): string[] {
    const files = [...this.#image.names].filter(([path, inode]) => inode !== 0 && path.endsWith(suffix))
    return files.map(([path]) => path).sort()
  }

  machineId(): string {
    return this.machine
  }

  open(path: string, how: 'read' | 'write' | 'create'): OpenFile {
    this.#now(how === 'create' ? 'create' : 'open', path)
    if (how === 'create') {
      if (this.#image.names.has(path)) throw systemError('EEXIST', path)
      if (this.#image.names.get(parentOf(path)) !== 0) throw systemError('ENOENT', path)
      const inode = this.#nextInode++
      this.#image.contents.set(inode, new Content())
      this.#change({ kind: 'create', path, inode })
      this.#modes.set(path, 0o600)
    }
    const inode = this.#image.names.get(path)
    if (inode === undefined || inode === 0) throw systemError('ENOENT', path)
    this.openFiles++
    return new MemoryFile(this, path, inode)
  }

  stat(path: string): FileStat | undefined {
    this.#now('stat', path)
    const inode = this.#image.names.get(path)
    if (inode === undefined) return undefined
    const bytes = this.#image.contents.get(inode)?.length ?? 0
    const [kind, usual] = inode === 0 ? (['directory', 0o700] as const) : (['file', 0o600] as const)
    const mode = this.#modes.get(path) ?? usual
    return { kind, bytes, mode, user: this.user, inode: BigInt(inode), birthNs: BigInt(inode) }
  }

  list(path: string): string[] {
    this.#now('list', path)
    if (this.#image.names.get(path) !== 0) throw systemError('ENOENT', path)
    const inside = [...this.#image.names.keys()].filter((name) => parentOf(name) === path)
    return inside.map((name) => name.slice(path.length + 1))
  }

  async makeDirectory(path: string): Promise<void> {
    if (!this.faults.pass('name', path)) await never
    for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
      const above = path.slice(0, at)
      if (!this.#image.names.has(above)) this.#change({ kind: 'directory', path: above })
    }
    this.#change({ kind: 'directory', path })
  }

  async changeMode(path: string, mode: number): Promise<void> {
    if (!this.faults.pass('name', path)) await never
    this.#modes.set(path, mode)
  }

  async rename(from: string, to: string): Promise<void> {
    if (!this.faults.pass('name', from)) await never
    if (!this.#image.names.has(from)) throw systemError('ENOENT', from)
    this.#change({ kind: 'rename', from, to })
  }

  async remove(path: string): Promise<void> {
    if (!this.faults.pass('name', path)) await never
    if (!this.#image.names.has(path)) throw systemError('ENOENT', path)
    this.#change({ kind: 'remove', path })
  }

  async syncDirectory(path: string): Promise<void> {
    if (!this.faults.pass('sync', path)) await never
    this.changes.push({ kind: 'sync', path })
    this.#cut?.forget(this.#image)
  }

  async lock(): Promise<Lock> {
    if (this.#locked) throw new Error('the memory home is locked')
    this.#locked = true
    return { release: () => (this.#locked = false) }
  }

  /** For MemoryFile, as the next three. */
  readInode(path: string, inode: number, offset: number, target: Uint8Array): number {
    this.#now('read', path)
    return this.#image.contents.get(inode)?.read(offset, target) ?? 0
  }

  /** A write that fails, or in which the process is killed, leaves any part of it: nobody knows. */
  async writeInode(path: string, inode: number, offset: number, bytes: Uint8Array): Promise<void> {
    if (this.faults.isDead) await never
    let done = false
    try {
      const lives = this.faults.pass('write', path)
      if (!this.#hasRoom(inode, offset + bytes.length)) throw systemError('ENOSPC', path)
      done = lives
    } finally {
      const part = done ? bytes : this.#part(offset, bytes)
      if (part.length > 0) this.#change({ kind: 'write', inode, offset, bytes: keep(part) })
    }
    if (!done) await never
  }

  async truncateInode(path: string, inode: number, bytes: number): Promise<void> {
    if (!this.faults.pass('truncate', path)) await never
    this.#change({ kind: 'truncate', inode, bytes })
  }

  async flushInode(path: string, inode: number): Promise<void> {
    try {
      if (!this.faults.pass('flush', path)) await never
    } catch (thrown) {
      this.changes.push({ kind: 'flush-failed', inode })
      throw thrown
    }
    this.changes.push({ kind: 'flush', inode })
    this.#cut?.forget(this.#image)
  }

  #change(change: Exclude<Change, { kind: 'flush' | 'flush-failed' | 'sync' }>): void {
    this.changes.push(change)
    if (change.kind === 'write' || change.kind === 'truncate') applyData(this.#image, change)
    else {
      const replaced = change.kind === 'rename' ? this.#image.names.get(change.to) : undefined
      const removed = change.kind === 'remove' ? this.#image.names.get(change.path) : replaced
      applyName(this.#image, change)
      if (removed !== undefined && removed !== 0) this.#image.contents.delete(removed)
    }
  }

  /** Whether a file may become so long. */
  #hasRoom(inode: number, bytes: number): boolean {
    if (this.capacityBytes === Number.MAX_SAFE_INTEGER) return true
    let used = Math.max(0, bytes - (this.#image.contents.get(inode)?.length ?? 0))
    for (const content of this.#image.contents.values()) used += content.length
    return used <= this.capacityBytes
  }

  #content(path: string): Content {
    const content = this.#image.contents.get(this.#image.names.get(path) ?? -1)
    if (content === undefined) throw systemError('ENOENT', path)
    return content
  }

  /** All of it, none, its first half, or the pages that are whole in it, by the number of the call. */
  #part(offset: number, bytes: Uint8Array): Uint8Array {
    const pages = Math.max(0, Math.floor((offset + bytes.length) / 4096) * 4096 - offset)
    return bytes.subarray(0, [bytes.length, 0, bytes.length >> 1, pages][this.faults.calls % 4])
  }

  /** A call that answers at once. */
  #now(kind: CallKind, path: string): void {
    if (!this.faults.pass(kind, path)) throw new Killed(path)
  }
}

class MemoryFile implements OpenFile {
  readonly #files: MemoryFiles
  readonly #path: string
  readonly #inode: number
  #open = true

  constructor(files: MemoryFiles, path: string, inode: number) {
    this.#files = files
    this.#path = path
    this.#inode = inode
  }

  read(offset: number, target: Uint8Array): number {
    return this.#files.readInode(this.#path, this.#opened(), offset, target)
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#files.writeInode(this.#path, this.#opened(), offset, bytes)
  }

  async flush(): Promise<void> {
    await this.#files.flushInode(this.#path, this.#opened())
  }

  async truncate(bytes: number): Promise<void> {
    await this.#files.truncateInode(this.#path, this.#opened(), bytes)
  }

  stat(): FileStat {
    const stat = this.#files.stat(this.#path)
    if (stat === undefined) throw systemError('ENOENT', this.#path)
    return stat
  }

  close(): void {
    this.#opened()
    this.#open = false
    this.#files.openFiles--
  }

  #opened(): number {
    if (!this.#open) throw new Error(`${this.#path} is closed`)
    return this.#inode
  }
}
