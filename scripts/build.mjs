// Compiles the tree into dist/, with the native addon where there is a cargo, and leaves the executable dist/runnel with its
// bundle. What dist/ holds of a source that is gone is removed, so that no deleted test or module lives on.

import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCommand, nodeOptions } from './bundle.mjs'
import { install, root, runTool } from './house.mjs'
import { buildAddon } from './native.mjs'

// Read by a shell, this starts Node with options; read by Node, it is a string and a comment. A node's live objects are few
// and its buffers many: V8 begins with room for so little that it would collect after every 8 MB of them. Optimized code takes
// in less of what it calls: compiling it is a third of what a node's first hundred megabytes cost. It starts as the
// bundle of what the line needs, where there is one; through a link that npm has made, its place has to be found first.
// Node runs a file without extension as an ES module here, because package.json says `"type": "module"`.
const launcher = `#!/bin/sh
":" /*
start=$0
case " $* " in *" up "*) bundle=node-bundle ;; *) bundle=bundle ;; esac
[ -h "$0" ] && start=$(readlink -f "$0")
start=\${start%/*}/cli/$bundle.cjs
[ -f "$start" ] || start=$0
exec node ${nodeOptions.join(' ')} "$start" "$@"
*/
// Starts the runnel command.
import './cli/main.js'
`

/** Builds; true when the compiler had no complaint. */
export async function build() {
  if (!install()) return false
  const compiled = runTool('typescript/bin/tsc', ['--project', root]) === 0
  if (!existsSync(join(root, 'dist'))) return false
  removeOrphans()
  buildAddon()
  await bundleCommand()
  const executable = join(root, 'dist', 'runnel')
  writeFileSync(executable, launcher)
  chmodSync(executable, 0o755)
  return compiled
}

function removeOrphans() {
  for (const entry of readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
    const output = join(entry.parentPath, entry.name)
    const match = /^(.+?)(\.js|\.d\.ts)(\.map)?$/.exec(output.slice(join(root, 'dist').length + 1))
    if (entry.isFile() && match && !existsSync(join(root, `${match[1]}.ts`))) rmSync(output, { force: true })
  }
}

if (process.argv[1] === import.meta.filename) process.exitCode = (await build()) ? 0 : 1
