// How much is done in a round: of the long run, and of the short one in every run of the tests.

export interface Sizes {
  /** Published once: more than the router's cache takes, so that reading here and there always evicts. */
  readonly libraryFiles: number
  readonly libraryFileBytes: number
  readonly smallFiles: number
  /** Published again each round with some of its files changed: all of that stays in the publisher's own/. */
  readonly treeFiles: number
  readonly treeFileBytes: number
  readonly treeChanged: number
  readonly routerCache: string
  readonly readerCache: string
  /**
   * Each round: files of the library that are read, pieces of small ones, entries that are appended at once, readings of a log
   * while it grows, and programs that come and go.
   */
  readonly libraryReads: number
  readonly smallReads: number
  readonly entries: number
  readonly follows: number
  readonly programs: number
  /** In the first half somebody is ended every so many rounds. */
  readonly strikeEvery: number
  /** Rounds between two looks at everything. */
  readonly lookEvery: number
}

const kib = 1024
const mib = 1024 * kib

export const longSizes: Sizes = {
  libraryFiles: 448,
  libraryFileBytes: mib,
  smallFiles: 1_000,
  treeFiles: 60,
  treeFileBytes: 512 * kib,
  treeChanged: 20,
  routerCache: '256M',
  readerCache: '64M',
  libraryReads: 48,
  smallReads: 60,
  entries: 200,
  follows: 5,
  programs: 30,
  strikeEvery: 4,
  lookEvery: 2,
}

export const shortSizes: Sizes = {
  libraryFiles: 48,
  libraryFileBytes: mib,
  smallFiles: 200,
  treeFiles: 12,
  treeFileBytes: 256 * kib,
  treeChanged: 4,
  routerCache: '24M',
  readerCache: '8M',
  libraryReads: 12,
  smallReads: 20,
  entries: 60,
  follows: 2,
  programs: 20,
  strikeEvery: 2,
  lookEvery: 1,
}

/** Rounds of the short run: each of the six ways to end somebody once, and as many rounds without. */
export const shortRounds = 26
