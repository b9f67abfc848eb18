// How much each scenario does: enough for a figure that stands, or so little that a test has time for it.

export interface Sizes {
  /** Bytes of the large file; `--size` sets it, and `sessionBytes` too. */
  readonly fileBytes: number
  /** Objects of 16 KiB that are asked for one by one. */
  readonly objects: number
  /** Files of 4 KiB in the folder. */
  readonly files: number
  /** Entries of 1 KB that are read. */
  readonly entries: number
  /** Entries of 100 B that are appended in batches, and one by one. */
  readonly batched: number
  readonly single: number
  /** How long an idle node is watched. */
  readonly idleMs: number
  /** Starts of the command in one round. */
  readonly starts: number
  /** Entries that are appended while they are followed, and how far apart, ms. */
  readonly liveEntries: number
  readonly liveGapMs: number
  /** Links that follow one log for so many entries, and those that follow a fast one. */
  readonly liveLinks: number
  readonly linkEntries: number
  readonly fastLinks: number
  readonly fastEntries: number
  /** Bytes that go over one conversation, and how often one is begun. */
  readonly sessionBytes: number
  readonly dials: number
  /** Letters that are brought to a custodian at once, those that an owner then collects, and those written one by one. */
  readonly envelopes: number
  readonly collected: number
  readonly letters: number
  /** Chunks that a custodian keeps. */
  readonly keptChunks: number
  /** Bytes that a router passes on in the long scenario. */
  readonly passedBytes: number
  /** On a line of routers: bytes of the one file, files of 4 KiB, files of 64 KiB in the folder, objects of 16 KiB a hop. */
  readonly lineFileBytes: number
  readonly lineFiles: number
  readonly lineFolderFiles: number
  readonly lineObjects: number
  /** Bytes that are read over a cable that loses packets, restarts of a router, and seconds of a shared bottleneck. */
  readonly lossBytes: number
  readonly lineRestarts: number
  readonly sharedS: number
  /** Of a bad link: pings that measure it, seconds of its rate each way (0: not at all), and seconds that a file keeps it busy. */
  readonly linkPings: number
  readonly linkS: number
  readonly linkFileS: number
  /** Seconds of a stream through a tunnel, and pings that are sent through it. */
  readonly tunnelS: number
  readonly pings: number
}

export const fullSizes: Sizes = {
  fileBytes: 1024 ** 3,
  objects: 2_000,
  files: 10_000,
  entries: 50_000,
  batched: 100_000,
  single: 500,
  idleMs: 10_000,
  starts: 5,
  liveEntries: 400,
  liveGapMs: 27,
  liveLinks: 200,
  linkEntries: 60,
  fastLinks: 100,
  fastEntries: 10_000,
  sessionBytes: 512 * 1024 ** 2,
  dials: 200,
  envelopes: 5_000,
  collected: 1_000,
  letters: 60,
  keptChunks: 1_000_000,
  passedBytes: 10 * 1024 ** 3,
  lineFileBytes: 1024 ** 3,
  lineFiles: 10_000,
  lineFolderFiles: 200,
  lineObjects: 300,
  lossBytes: 128 * 1024 ** 2,
  lineRestarts: 5,
  sharedS: 8,
  linkPings: 100,
  linkS: 3,
  linkFileS: 4,
  tunnelS: 6,
  pings: 200,
}

/** Of `npm run bench` without a suite: enough for a figure, and for several rounds of everything in a quarter of an hour. */
export const tourSizes: Sizes = {
  ...fullSizes,
  fileBytes: 256 * 1024 ** 2,
  objects: 1_000,
  files: 3_000,
  entries: 20_000,
  batched: 50_000,
  single: 300,
  idleMs: 5_000,
  starts: 3,
  liveEntries: 150,
  linkEntries: 20,
  fastEntries: 3_000,
  sessionBytes: 256 * 1024 ** 2,
  dials: 100,
  envelopes: 2_000,
  collected: 500,
  letters: 20,
  lineFileBytes: 64 * 1024 ** 2,
  lineFiles: 1_000,
  lineFolderFiles: 100,
  lineObjects: 100,
  lossBytes: 32 * 1024 ** 2,
  lineRestarts: 2,
  sharedS: 3,
  linkPings: 50,
  linkS: 2,
  linkFileS: 2,
  tunnelS: 3,
  pings: 50,
}

export const quickSizes: Sizes = {
  fileBytes: 3_000_000,
  objects: 20,
  files: 60,
  entries: 300,
  batched: 300,
  single: 5,
  idleMs: 300,
  starts: 1,
  liveEntries: 8,
  liveGapMs: 27,
  liveLinks: 20,
  linkEntries: 8,
  fastLinks: 10,
  fastEntries: 300,
  sessionBytes: 3_000_000,
  dials: 5,
  envelopes: 60,
  collected: 20,
  letters: 3,
  keptChunks: 5_000,
  passedBytes: 6_000_000,
  lineFileBytes: 1_500_000,
  lineFiles: 30,
  lineFolderFiles: 12,
  lineObjects: 6,
  lossBytes: 1_000_000,
  lineRestarts: 1,
  sharedS: 1,
  linkPings: 10,
  linkS: 0,
  linkFileS: 0.1,
  tunnelS: 1,
  pings: 5,
}

/** `512MiB`, `1GiB`, `3000000`: bytes, or undefined for what is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,12})(KiB|MiB|GiB)?$/.exec(text)
  if (match === null) return undefined
  const factor = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[match[2] ?? ''] ?? 1
  const bytes = Number(match[1]) * factor
  return bytes > 0 ? bytes : undefined
}
