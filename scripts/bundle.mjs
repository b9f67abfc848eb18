// Bundles the command line into dist/cli/bundle.cjs: one file starts faster than a hundred, and CommonJS faster than
// modules. What a node runs on is left out: `up` and `openNode` load the compiled files themselves. Beside it is a list of what
// it was made of; as soon as one of these files is another, it steps aside for them. The list is not published: the files of
// an installed package never change.

import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './house.mjs'

const directory = join(root, 'dist', 'cli')
const bundle = join(directory, 'bundle.cjs')
const list = join(directory, 'bundle.inputs.json')

/** Leaves the bundle of what was compiled just now, or none where it cannot be made: all works without, only slower. */
export async function bundleCommand() {
  forget()
  try {
    await makeBundle()
  } catch (error) {
    forget()
    console.log(`warning: the command is not bundled, so it starts slower: ${String(error).split('\n')[0]}`)
  }
}

function forget() {
  for (const path of [bundle, list]) rmSync(path, { force: true })
}

async function makeBundle() {
  // Where it is not installed, or not for this machine, only this fails.
  const { build } = await import('esbuild')
  const { metafile, outputFiles } = await build({
    absWorkingDir: directory,
    stdin: { contents: entry, resolveDir: directory, sourcefile: entryName },
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    // As they are written in cli/table.ts and api/connect.ts; from where the bundle is they lead to the same files.
    external: ['./commands/up.js', '../node/index.js'],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: preamble },
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const inputs = Object.keys(metafile.inputs).filter((path) => path !== entryName)
  const times = Object.fromEntries(inputs.map((path) => [path, statSync(join(directory, path)).mtimeMs]))
  writeFileSync(list, JSON.stringify(times))
  writeFileSync(bundle, outputFiles[0].contents)
}

const entryName = 'entry.js'

/** As cli/main.ts, but for the word of its module that CommonJS has not. */
const entry = `
import { run } from './program.js'
void run(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})
`

const preamble = `// Made by scripts/bundle.mjs.
const bundleUrl = require('node:url').pathToFileURL(__filename).href
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
    list = readFileSync(join(__dirname, 'bundle.inputs.json'), 'utf8')
  } catch {
    return false
  }
  const changed = ([path, mtimeMs]) => statSync(join(__dirname, path), { throwIfNoEntry: false })?.mtimeMs !== mtimeMs
  return Object.entries(JSON.parse(list)).some(changed)
}
`
