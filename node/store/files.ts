// The files that a store needs, as an interface: tests put one in memory under it that loses, tears and refuses.
// Reading is synchronous (it comes from the page cache); whatever changes something is a promise.
// Failures are thrown as they come from the operating system, with its `code` (ENOSPC, EIO, …); the store translates.

/** What is known about a file without opening it. */
export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other'
  readonly bytes: number
  /** The permission bits, 0 to 0o777. */
  readonly mode: number
  /** The user who owns it. */
  readonly user: number
  readonly inode: bigint
  /** Nanoseconds since 1970 when this inode was made; 0 where the file system does not say. No copy can set it. */
  readonly birthNs: bigint
}

/** An open file. Offsets and lengths in bytes. */
export interface OpenFile {
  /** Fills `target` from `offset` on and tells how much there was: less than asked only at the end of the file. */
  read(offset: number, target: Uint8Array): number
  /** Writes all of `bytes`, or rejects with any part of them written. They must not change until it is done. */
  write(offset: number, bytes: Uint8Array): Promise<void>
  /** fdatasync(2): what was written before it survives a power loss once it resolves. */
  flush(): Promise<void>
  truncate(bytes: number): Promise<void>
  stat(): FileStat
  close(): void
}

/** The right to be the only node on a home. */
export interface Lock {
  release(): void
}

export interface Files {
  /** The user we are. */
  readonly user: number
  /** What tells this machine from others; may be empty. */
  machineId(): string
  /** `create` makes a file of mode 0600 that must not exist yet, and opens it to read and write like `write`. */
  open(path: string, how: 'read' | 'write' | 'create'): OpenFile
  /** Undefined when there is nothing. Follows symbolic links. */
  stat(path: string): FileStat | undefined
  /** The names in a directory, in any order. */
  list(path: string): string[]
  /** Makes a directory of mode 0700, and those above it where they are missing. One that is there stays as it is. */
  makeDirectory(path: string): Promise<void>
  changeMode(path: string, mode: number): Promise<void>
  /** Takes the place of what is at `to`. */
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Makes creations, renames and removals in a directory survive a power loss. */
  syncDirectory(path: string): Promise<void>
  /** Takes the lock of a home or throws NODE_RUNNING. Ends with the process, however that ends. */
  lock(home: string): Promise<Lock>
}

/** The whole content of a file, or undefined when it is missing or longer than `maxBytes`. */
export function readWhole(files: Files, path: string, maxBytes: number): Uint8Array | undefined {
  const stat = files.stat(path)
  if (stat === undefined || stat.kind !== 'file' || stat.bytes > maxBytes) return undefined
  const file = files.open(path, 'read')
  try {
    const content = new Uint8Array(stat.bytes)
    return content.subarray(0, file.read(0, content))
  } finally {
    file.close()
  }
}

/** Puts a file of mode 0600 in place, whole or not at all, also through a power loss when `durable`. */
export async function writeWhole(files: Files, path: string, content: Uint8Array, durable: boolean): Promise<void> {
  const temporary = `${path}.new`
  if (files.stat(temporary) !== undefined) await files.remove(temporary)
  const file = files.open(temporary, 'create')
  try {
    await file.write(0, content)
    if (durable) await file.flush()
  } finally {
    file.close()
  }
  await files.rename(temporary, path)
  if (durable) await files.syncDirectory(path.slice(0, path.lastIndexOf('/')))
}
