// The files of a node that also say how long the disk was waited for.

import type { Files, OpenFile } from '../../node/store/index.js'

export class FlushClock {
  /** Milliseconds of all flushes until now. */
  milliseconds = 0

  /** The same files, with each flush counted. */
  over(files: Files): Files {
    return {
      user: files.user,
      machineId: () => files.machineId(),
      open: (path, how) => this.#timed(files.open(path, how)),
      stat: (path) => files.stat(path),
      list: (path) => files.list(path),
      makeDirectory: (path) => files.makeDirectory(path),
      changeMode: (path, mode) => files.changeMode(path, mode),
      rename: (from, to) => files.rename(from, to),
      remove: (path) => files.remove(path),
      syncDirectory: (path) => files.syncDirectory(path),
      lock: (home) => files.lock(home),
    }
  }

  #timed(file: OpenFile): OpenFile {
    return {
      read: (offset, target) => file.read(offset, target),
      write: (offset, bytes) => file.write(offset, bytes),
      truncate: (bytes) => file.truncate(bytes),
      stat: () => file.stat(),
      close: () => file.close(),
      flush: async () => {
        const started = performance.now()
        await file.flush()
        this.milliseconds += performance.now() - started
      },
    }
  }
}
