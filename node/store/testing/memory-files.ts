// `Files` in memory for tests: power loss after any change, the n-th call that fails, and bits that flip at rest.

import type { FileStat, Files, Lock, OpenFile } from '../files.js'
import {
  applyData,
  applyName,
  type Change,
  Content,
  type Image,
  imageAfter,
  type PowerLoss,
  parentOf,
} from './memory-disk.js'

/** The `call`-th call from now on (1 is the next) fails with this code; with `forever`, every later one too. */
export interface Failure {
  readonly call: number
  readonly code: 'EIO' | 'ENOSPC' | 'EROFS'
  readonly forever?: boolean
  /** Only calls of these kinds count; all where it is missing. */
  readonly kinds?: readonly CallKind[]
}

export type CallKind = 'open' | 'create' | 'read' | 'write' | 'flush' | 'truncate' | 'stat' | 'list' | 'name' | 'sync'

export class MemoryFiles implements Files {
  readonly user = 1000
  machine = 'a machine'
  /** Every change since the beginning. */
  readonly changes: Change[] = []
  /** Bytes that all files may have together; beyond them a write fails with ENOSPC. */
  capacityBytes = Number.MAX_SAFE_INTEGER
  /** Calls so far that a failure may count. */
  calls = 0
  /** Files that are open now: 0 when everything was closed. */
  openFiles = 0
  #image: Image
  #failure: Failure | undefined
  #failureCalls = 0
  #nextInode: number
  readonly #modes = new Map<string, number>()
  #locked = false

  constructor(image: Image = { contents: new Map(), names: new Map() }) {
    this.#image = image
    this.#nextInode = 1 + Math.max(0, ...image.names.values(), ...image.contents.keys())
  }

  /** A new disk as it is after a power loss that follows the first `count` changes. */
  static afterPowerLoss(files: MemoryFiles, count: number, loss: PowerLoss, random: () => number): MemoryFiles {
    return new MemoryFiles(imageAfter(files.changes, count, loss, random))
  }

  /** A new disk with the same content: what a process finds that starts after another was killed. */
  copy(): MemoryFiles {
    const copied = new MemoryFiles({ contents: new Map(), names: new Map(this.#image.names) })
    for (const [inode, content] of this.#image.contents) {
      applyData(copied.#image, { kind: 'write', inode, offset: 0, bytes: content.view() })
    }
    copied.#nextInode = this.#nextInode
    return copied
  }

  /** Takes the content of another disk. No file may be open. */
  become(other: MemoryFiles): void {
    this.#image = other.#image
    this.#nextInode = other.#nextInode
  }

  failAt(failure: Failure | undefined): void {
    this.#failure = failure
    this.#failureCalls = 0
  }

  /** The content of a file as a view that may be changed: damage at rest. */
  content(path: string): Uint8Array {
    return this.#content(path).view()
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
    this.#call(how === 'create' ? 'create' : 'open', path)
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
    this.#call('stat', path)
    const inode = this.#image.names.get(path)
    if (inode === undefined) return undefined
    const bytes = this.#image.contents.get(inode)?.length ?? 0
    const kind = inode === 0 ? 'directory' : 'file'
    const mode = this.#modes.get(path) ?? (inode === 0 ? 0o700 : 0o600)
    return { kind, bytes, mode, user: this.user, inode: BigInt(inode), birthNs: BigInt(inode) }
  }

  list(path: string): string[] {
    this.#call('list', path)
    if (this.#image.names.get(path) !== 0) throw systemError('ENOENT', path)
    const inside = [...this.#image.names.keys()].filter((name) => parentOf(name) === path)
    return inside.map((name) => name.slice(path.length + 1))
  }

  async makeDirectory(path: string): Promise<void> {
    this.#call('name', path)
    this.#change({ kind: 'directory', path })
  }

  async changeMode(path: string, mode: number): Promise<void> {
    this.#call('name', path)
    this.#modes.set(path, mode)
  }

  async rename(from: string, to: string): Promise<void> {
    this.#call('name', from)
    if (!this.#image.names.has(from)) throw systemError('ENOENT', from)
    this.#change({ kind: 'rename', from, to })
  }

  async remove(path: string): Promise<void> {
    this.#call('name', path)
    if (!this.#image.names.has(path)) throw systemError('ENOENT', path)
    this.#change({ kind: 'remove', path })
  }

  async syncDirectory(path: string): Promise<void> {
    this.#call('sync', path)
    this.changes.push({ kind: 'sync', path })
  }

  async lock(): Promise<Lock> {
    if (this.#locked) throw new Error('the memory home is locked')
    this.#locked = true
    return { release: () => (this.#locked = false) }
  }

  /** For MemoryFile. */
  readInode(path: string, inode: number, offset: number, target: Uint8Array): number {
    this.#call('read', path)
    const found = this.#image.contents
      .get(inode)
      ?.view()
      .subarray(offset, offset + target.length)
    target.set(found ?? new Uint8Array(0))
    return found?.length ?? 0
  }

  /** For MemoryFile. A write that fails leaves its first half, or all of it: nobody knows. */
  writeInode(path: string, inode: number, offset: number, bytes: Uint8Array): void {
    const used = [...this.#image.contents.values()].reduce((sum, content) => sum + content.length, 0)
    const grows = Math.max(0, offset + bytes.length - (this.#image.contents.get(inode)?.length ?? 0))
    let failed = true
    try {
      this.#call('write', path)
      if (used + grows > this.capacityBytes) throw systemError('ENOSPC', path)
      failed = false
    } finally {
      const part = failed && this.calls % 2 === 0 ? bytes.subarray(0, bytes.length >> 1) : bytes
      this.#change({ kind: 'write', inode, offset, bytes: part.slice() })
    }
  }

  /** For MemoryFile. */
  truncateInode(path: string, inode: number, bytes: number): void {
    this.#call('truncate', path)
    this.#change({ kind: 'truncate', inode, bytes })
  }

  /** For MemoryFile. */
  flushInode(path: string, inode: number): void {
    try {
      this.#call('flush', path)
    } catch (thrown) {
      this.changes.push({ kind: 'flush-failed', inode })
      throw thrown
    }
    this.changes.push({ kind: 'flush', inode })
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

  #content(path: string): Content {
    const content = this.#image.contents.get(this.#image.names.get(path) ?? -1)
    if (content === undefined) throw systemError('ENOENT', path)
    return content
  }

  #call(kind: CallKind, path: string): void {
    this.calls++
    const failure = this.#failure
    if (failure === undefined || failure.kinds?.includes(kind) === false) return
    this.#failureCalls++
    if (this.#failureCalls === failure.call || (failure.forever && this.#failureCalls > failure.call)) {
      throw systemError(failure.code, path)
    }
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
    this.#files.writeInode(this.#path, this.#opened(), offset, bytes)
  }

  async flush(): Promise<void> {
    this.#files.flushInode(this.#path, this.#opened())
  }

  async truncate(bytes: number): Promise<void> {
    this.#files.truncateInode(this.#path, this.#opened(), bytes)
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

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code })
}
