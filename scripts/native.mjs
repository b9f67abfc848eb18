// Builds the native addon (native/) into dist/native/, where there is a cargo. Where there is none, or it fails, one line
// says so, no addon is left behind, and everything runs on the portable provider.

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './house.mjs'

const source = join(root, 'native')
const output = join(root, 'dist', 'native')

/** Builds it; true when there is an addon for this machine now. */
export function buildAddon() {
  if (!existsSync(join(source, 'Cargo.toml'))) return false
  const what = ['--package', 'runnel-binding', '--target-dir', targetDirectory()]
  const problem = cargo(['build', '--release', '--locked', '--quiet', ...what])
  if (problem !== undefined) {
    console.log(`warning RUNNEL-W-PORTABLE: no native addon, so all is slower: ${problem}`)
    rmSync(output, { recursive: true, force: true })
    return false
  }
  place(join(targetDirectory(), 'release', libraryName()), join(output, addonName()))
  return true
}

/** Whether the last build left an addon for this machine. */
export function hasAddon() {
  return existsSync(join(output, addonName()))
}

/** What `npm test` asks of the native code besides that it builds: a name each, and what tells whether it passes. */
export function addonChecks() {
  if (!hasAddon()) return []
  const check = (name, args) => [name, () => cargo(args, { show: true }) === undefined]
  const target = ['--target-dir', targetDirectory()]
  // The tunnel speaks to Linux alone.
  const own = ['runnel-core', ...(process.platform === 'linux' ? ['runnel-tunnel'] : [])]
  const packages = own.flatMap((name) => ['--package', name])
  const door = ['--package', 'runnel-binding']
  const strict = ['--', '-D', 'warnings']
  return [
    check('cargo test', ['test', '--quiet', '--locked', ...packages, ...target]),
    check('cargo clippy', [
      'clippy',
      '--quiet',
      '--locked',
      ...packages,
      ...door,
      '--all-targets',
      ...target,
      ...strict,
    ]),
    check('cargo fmt', ['fmt', '--check']),
  ]
}

/** Runs cargo in native/; undefined when it succeeded, else why not, on one line. Its own output is shown with `show`. */
export function cargo(args, { show = false } = {}) {
  // The registry may be out of reach: what is in cargo's own cache is enough, and the rest is not waited for long.
  const environment = { CARGO_NET_RETRY: '1', CARGO_HTTP_TIMEOUT: '15', ...process.env }
  delete environment.CARGO_BUILD_TARGET
  const { status, stderr, error } = spawnSync('cargo', args, {
    cwd: source,
    env: environment,
    encoding: 'utf8',
    stdio: show ? 'inherit' : ['ignore', 'ignore', 'pipe'],
    maxBuffer: 1 << 26,
  })
  if (error?.code === 'ENOENT') return 'there is no cargo here'
  if (error) return error.message
  if (status === 0) return undefined
  const lines = (stderr ?? '').split('\n').filter((line) => line.trim() !== '')
  const told = lines.find((line) => line.startsWith('error')) ?? lines[0] ?? 'it said nothing'
  return `cargo ${args[0]} ended with ${status}: ${told}`
}

/** Where cargo puts what it builds. */
export function targetDirectory() {
  return process.env.CARGO_TARGET_DIR ?? join(source, 'target')
}

/** As node/addon.ts looks for it. */
export function addonName() {
  const machine = `runnel-${process.platform}-${process.arch}`
  if (process.platform !== 'linux') return `${machine}.node`
  process.report.excludeNetwork = true
  const { header } = process.report.getReport()
  return `${machine}-${header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}.node`
}

function libraryName() {
  if (process.platform === 'win32') return 'runnel_binding.dll'
  return process.platform === 'darwin' ? 'librunnel_binding.dylib' : 'librunnel_binding.so'
}

/** Puts it there under its name at once: a process that has the old file loaded keeps it. */
function place(from, to) {
  if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) return
  mkdirSync(output, { recursive: true })
  const fresh = `${to}.${process.pid}`
  copyFileSync(from, fresh)
  renameSync(fresh, to)
}
