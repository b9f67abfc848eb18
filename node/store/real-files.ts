// `Files` on node:fs. Reads are plain pread on this thread, and so are small writes: both end in the page cache. Large writes
// run on the thread pool, and flushes as well, unless the disk is known to be quick.

import {
  type BigIntStats,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  ftruncate,
  openSync,
  promises,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  write,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { FileStat, Files, OpenFile } from './files.js'
import { FlushPace } from './flush-pace.js'
import { AT_ONCE_BYTES } from './limits.js'
import { lockHome } from './lock.js'

const writeAt = promisify(write)
const flushData = promisify(fdatasync)
const flushAll = promisify(fsync)
const truncateTo = promisify(ftruncate)

const openFlags = { read: 'r', write: 'r+', create: 'wx+' } as const

/** The files of this machine. */
export function openRealFiles(): Files {
  const pace = new FlushPace()
  return {
    user: process.getuid?.() ?? 0,
    machineId,
    open: (path, how) => new RealFile(openSync(path, openFlags[how], 0o600), pace),
    stat(path) {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
      return stats === undefined ? undefined : toStat(stats)
    },
    list: (path) => readdirSync(path),
    makeDirectory,
    changeMode: (path, mode) => promises.chmod(path, mode),
    rename: (from, to) => promises.rename(from, to),
    remove: (path) => promises.unlink(path),
    async syncDirectory(path) {
      const descriptor = openSync(path, 'r')
      try {
        await flushAll(descriptor)
      } finally {
        closeSync(descriptor)
      }
    },
    lock: lockHome,
  }
}

/** Node's own recursive mkdir says ENOENT where a disk is read-only. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await promises.mkdir(path, 0o700)
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    // Another start was quicker; whether it is a directory is seen when it is used.
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw thrown
    await makeDirectory(dirname(path))
    await promises.mkdir(path, 0o700).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again
    })
  }
}

class RealFile implements OpenFile {
  readonly #descriptor: number
  readonly #pace: FlushPace
  /** Bytes that were written since the last flush. */
  #unflushedBytes = 0

  constructor(descriptor: number, pace: FlushPace) {
    this.#descriptor = descriptor
    this.#pace = pace
  }

  read(offset: number, target: Uint8Array): number {
    let done = 0
    while (done < target.length) {
      const count = readSync(this.#descriptor, target, done, target.length - done, offset + done)
      if (count === 0) break
      done += count
    }
    return done
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    this.#unflushedBytes += bytes.length
    let done = 0
    while (bytes.length <= AT_ONCE_BYTES && done < bytes.length) {
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, offset + done)
    }
    while (done < bytes.length) {
      const { bytesWritten } = await writeAt(this.#descriptor, bytes, done, bytes.length - done, offset + done)
      done += bytesWritten
    }
  }

  async flush(): Promise<void> {
    const bytes = this.#unflushedBytes
    const startMs = performance.now()
    if (this.#pace.isAtOnce(bytes)) fdatasyncSync(this.#descriptor)
    else await flushData(this.#descriptor)
    this.#unflushedBytes -= bytes
    this.#pace.note(bytes, (performance.now() - startMs) * 1000)
  }

  truncate(bytes: number): Promise<void> {
    return truncateTo(this.#descriptor, bytes)
  }

  stat(): FileStat {
    return toStat(fstatSync(this.#descriptor, { bigint: true }))
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

function toStat(stats: BigIntStats): FileStat {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other',
    bytes: Number(stats.size),
    mode: Number(stats.mode & 0o777n),
    user: Number(stats.uid),
    inode: stats.ino,
    // Where the kernel has no birth time, libuv gives the time of the last change, which is later than that of the content.
    birthNs: stats.birthtimeNs > stats.mtimeNs ? 0n : stats.birthtimeNs,
  }
}

/** machine-id(5). Containers often have none. */
function machineId(): string {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      return readFileSync(path, 'utf8').trim()
    } catch {
      // Not here; the next place, or none.
    }
  }
  return ''
}
