// Bundles the command line into two files: dist/cli/bundle.cjs has what asks a node, dist/cli/node-bundle.cjs a node as well. One
// file starts faster than a hundred, and CommonJS faster than modules. Beside each is a list of what it was made of; as soon as
// one of these files is another, it steps aside for them. The lists are not published: the files of an installed package
// never change.

import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './house.mjs'

const directory = join(root, 'dist', 'cli')

const bundles = [
  // What a node runs on, as it is written in cli/table.ts and api/connect.ts; from where the bundle is, that leads to the same files.
  { name: 'bundle', external: ['./commands/up.js', '../node/index.js'] },
  { name: 'node-bundle', external: [] },
]

/** Leaves the bundles of what was compiled just now, or none where they cannot be made: all works without, only slower. */
export async function bundleCommand() {
  forget()
  try {
    for (const bundle of bundles) await makeBundle(bundle)
  } catch (error) {
    forget()
    console.log(`warning: the command is not bundled, so it starts slower: ${String(error).split('\n')[0]}`)
  }
}

function forget() {
  const files = bundles.flatMap(({ name }) => [`${name}.cjs`, `${name}.inputs.json`])
  for (const file of files) rmSync(join(directory, file), { force: true })
}

async function makeBundle({ name, external }) {
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
    banner: { js: preamble(list) },
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const inputs = Object.keys(metafile.inputs).filter((path) => path !== entryName)
  const times = Object.fromEntries(inputs.map((path) => [path, statSync(join(directory, path)).mtimeMs]))
  writeFileSync(join(directory, list), JSON.stringify(times))
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

const preamble = (list) => `// Made by scripts/bundle.mjs.
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
    list = readFileSync(join(__dirname, '${list}'), 'utf8')
  } catch {
    return false
  }
  const changed = ([path, mtimeMs]) => statSync(join(__dirname, path), { throwIfNoEntry: false })?.mtimeMs !== mtimeMs
  return Object.entries(JSON.parse(list)).some(changed)
}
`
