// The one place that says which folder may import what. ARCHITECTURE.md shows it; imports.test.ts holds the code to it.
// A folder is entered through its index.ts alone, and every arrow points to a row above its own, so no cycle can be.

export interface FolderRule {
  readonly folder: string
  /** Folders that it may import. */
  readonly folders: readonly string[]
  /** Packages from npm that it may import; a name with a slash at its end stands for a whole scope. */
  readonly packages: readonly string[]
  /** `node:` modules that it may import: all of them, or those listed. */
  readonly builtins: 'all' | readonly string[]
  /** Folders that may only be loaded by `import()`, when they are needed. */
  readonly onDemand?: readonly string[]
  /** Folders that only the named files may import. */
  readonly exceptions?: ReadonlyArray<{ readonly files: RegExp; readonly folders: readonly string[] }>
}

const stack = [
  'stack/bytes',
  'stack/crypto',
  'stack/noise',
  'stack/name',
  'stack/data',
  'stack/link',
  'stack/forward',
  'stack/inbox',
  'stack/session',
  'stack/custody',
  'stack/packet',
]

export const folderRules: readonly FolderRule[] = [
  { folder: 'errors', folders: [], packages: [], builtins: [] },
  { folder: 'stack/bytes', folders: ['errors'], packages: [], builtins: [] },
  {
    folder: 'stack/crypto',
    folders: ['errors', 'stack/bytes'],
    packages: ['@noble/', 'hash-wasm'],
    builtins: ['node:crypto'],
  },
  { folder: 'stack/noise', folders: ['errors', 'stack/bytes', 'stack/crypto'], packages: [], builtins: [] },
  {
    folder: 'stack/name',
    folders: ['errors', 'stack/bytes', 'stack/crypto'],
    packages: ['@scure/bip39'],
    builtins: [],
  },
  { folder: 'stack/data', folders: ['errors', 'stack/bytes', 'stack/crypto'], packages: [], builtins: [] },
  {
    folder: 'stack/link',
    folders: ['errors', 'stack/bytes', 'stack/crypto', 'stack/noise'],
    packages: [],
    builtins: [],
  },
  {
    folder: 'stack/forward',
    folders: ['errors', 'stack/bytes', 'stack/crypto', 'stack/name', 'stack/data'],
    packages: [],
    builtins: [],
  },
  {
    folder: 'stack/custody',
    folders: ['errors', 'stack/bytes', 'stack/crypto', 'stack/data'],
    packages: [],
    builtins: [],
  },
  {
    folder: 'stack/inbox',
    folders: ['errors', 'stack/bytes', 'stack/crypto', 'stack/name'],
    packages: [],
    builtins: [],
  },
  {
    folder: 'stack/session',
    folders: ['errors', 'stack/bytes', 'stack/crypto', 'stack/noise'],
    packages: [],
    builtins: [],
  },
  {
    folder: 'stack/packet',
    folders: ['errors', 'stack/bytes', 'stack/crypto', 'stack/name'],
    packages: [],
    builtins: [],
  },
  { folder: 'api/protocol', folders: ['errors', 'stack/bytes'], packages: [], builtins: 'all' },
  {
    folder: 'node/store',
    folders: ['errors', 'stack/bytes', 'stack/crypto', 'stack/data', 'stack/name'],
    packages: [],
    builtins: 'all',
  },
  {
    folder: 'node',
    folders: ['errors', ...stack, 'api/protocol', 'node/store'],
    packages: ['pino', 'smol-toml', 'valibot'],
    builtins: 'all',
  },
  {
    folder: 'api',
    folders: ['errors', 'stack/bytes', 'api/protocol'],
    packages: [],
    builtins: 'all',
    onDemand: ['node'],
  },
  { folder: 'shims/http', folders: ['errors', 'api'], packages: ['mime'], builtins: 'all' },
  { folder: 'shims/dns', folders: ['errors', 'api'], packages: ['dns-packet'], builtins: 'all' },
  {
    folder: 'cli',
    folders: ['errors', 'stack/bytes', 'api', 'api/protocol'],
    packages: ['cli-progress', 'commander', 'pino', 'smol-toml'],
    builtins: 'all',
    exceptions: [
      { files: /(^|\/)up[^/]*(\/|\.ts$)/, folders: ['node', 'shims/http', 'shims/dns'] },
      { files: /^cli\/machine\.ts$/, folders: ['node'] },
    ],
  },
]

/** Folders whose code ships with nothing: they may import everything, and nothing but tests may import them. */
export const freeFolders: readonly string[] = ['test', 'bench']

/** What any test beside its source may import besides its folder's own rule. */
export const testPackages: readonly string[] = ['uvu', 'fast-check']

/** Pure folders: no clock, timer, promise, file, socket, process or global randomness. */
export const pureFolder = 'stack/'

/** Names that bring the outside world into a pure folder. */
export const impureNames: readonly string[] = [
  'Date',
  'performance',
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'WebSocket',
  'XMLHttpRequest',
  'require',
  'console',
  'globalThis',
]

/** Names of asynchrony; the one place that may have them is the start of the crypto door, whose hashing is WebAssembly. */
export const asynchronousNames: readonly string[] = ['async', 'await', 'Promise']
export const asynchronousFolder = 'stack/crypto/'
