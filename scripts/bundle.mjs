// Bundles the command line twice: dist/cli/bundle.cjs has what asks a node, dist/cli/node-bundle.cjs starts node-code.cjs, which
// has a node as well, from what V8 compiled of it when it was built. One file starts faster than a hundred, and CommonJS faster
// than modules. Beside each is a list of what it was made of; as soon as one of these files is another, it steps aside for
// them. The lists are not published: the files of an installed package never change.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './house.mjs'

const directory = join(root, 'dist', 'cli')

/** What the launcher gives to Node; V8 takes only what was compiled with the same. */
export const nodeOptions = ['--initial-old-space-size=64', '--max-inlined-bytecode-size-cumulative=300']

const code = join(directory, 'node-code.cjs')
const cache = join(directory, 'node-code.cache')

const bundles = [
  // What a node runs on, as it is written in cli/table.ts and api/connect.ts; from where the bundle is, that leads to the same files.
  { name: 'bundle', external: ['./commands/up.js', '../node/index.js'], code: undefined },
  { name: 'node-bundle', external: [], code },
]

/** Leaves the bundles of what was compiled just now, or none where they cannot be made: all works without, only slower. */
export async function bundleCommand() {
  forget()
  try {
    for (const bundle of bundles) await makeBundle(bundle)
    keepCompiled()
  } catch (error) {
    forget()
    console.log(`warning: the command is not bundled, so it starts slower: ${String(error).split('\n')[0]}`)
  }
}

function forget() {
  const files = bundles.flatMap(({ name }) => [`${name}.cjs`, `${name}.inputs.json`])
  for (const file of [cache, code, ...files.map((file) => join(directory, file))]) rmSync(file, { force: true })
}

/** Without it a node only starts slower, so that it cannot be had is said and no failure. */
function keepCompiled() {
  // A path of its own, because a socket's has little room.
  const home = mkdtempSync(join(tmpdir(), 'runnel-build-'))
  const maker = join(root, 'scripts', 'node-code.cjs')
  // As it is without any setting.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RUNNEL_')))
  const line = [...nodeOptions, maker, code, cache, join(home, 'h')]
  const { status, stderr } = spawnSync(process.execPath, line, { encoding: 'utf8', env, timeout: 30_000 })
  rmSync(home, { recursive: true, force: true })
  if (status === 0) return
  rmSync(cache, { force: true })
  console.log(`warning: what V8 compiles of a node is not kept, so it starts slower: ${stderr.split('\n')[0]}`)
}

async function makeBundle({ name, external, code }) {
  // Where it is not installed, or not for this machine, only this fails.
  const { build } = await import('esbuild')
  const bundle = join(directory, `${name}.cjs`)
  const list = `${name}.inputs.json`
  const { metafile, outputFiles } = await build({
    absWorkingDir: directory,
    stdin: { contents: entry, resolveDir: directory, sourcefile: entryName },
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    external,
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: code === undefined ? preamble(list) : `${openFunction}\n${url}` },
    footer: { js: code === undefined ? '' : '})' },
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const inputs = Object.keys(metafile.inputs).filter((path) => path !== entryName)
  const times = Object.fromEntries(inputs.map((path) => [path, statSync(join(directory, path)).mtimeMs]))
  writeFileSync(join(directory, list), JSON.stringify(times))
  writeFileSync(code ?? bundle, outputFiles[0].contents)
  if (code !== undefined) writeFileSync(bundle, `${preamble(list)}\n${startCode}`)
}

const entryName = 'entry.js'

/** As cli/main.ts, but for the word of its module that CommonJS has not. */
const entry = `
import { run } from './program.js'
void run(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})
`

// What Node gives to a module of CommonJS, as far as the code asks for it: V8 knows only a whole script again.
const openFunction = '(function (require, __filename, __dirname) {'

const url = `// Made by scripts/bundle.mjs.
const bundleUrl = require('node:url').pathToFileURL(__filename).href`

/**
 * Starts the code, as Node would, with what is kept of it. V8 refuses that from another version, or with other options; of
 * other code, or damaged, it would not notice, so a digest of both stands before it.
 */
const startCode = `const { createHash } = require('node:crypto')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { Script, constants } = require('node:vm')
const filename = join(__dirname, 'node-code.cjs')
const code = readFileSync(filename)
const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
const script = new Script(code.latin1Slice(), { filename, cachedData: readKept(), importModuleDynamically })
script.runInThisContext()(require, filename, __dirname)

/** Undefined where there is none, as in an installed package, or it is not of this code. */
function readKept() {
  try {
    const file = readFileSync(join(__dirname, 'node-code.cache'))
    const compiled = file.subarray(32)
    const digest = createHash('sha256').update(code).update(compiled).digest()
    return digest.equals(file.subarray(0, 32)) ? compiled : undefined
  } catch {
    return undefined
  }
}
`

const preamble = (list) => `${url}
if (isOutdated()) {
  import('./main.js')
  return
}

/** Whether a file of which it was made is another now, as far as it knows of which it was made. */
function isOutdated() {
  const { readFileSync, statSync } = require('node:fs')
  const { join } = require('node:path')
  let list
  try {
    list = readFileSync(join(__dirname, '${list}'), 'utf8')
  } catch {
    return false
  }
  const changed = ([path, mtimeMs]) => statSync(join(__dirname, path), { throwIfNoEntry: false })?.mtimeMs !== mtimeMs
  return Object.entries(JSON.parse(list)).some(changed)
}
`
