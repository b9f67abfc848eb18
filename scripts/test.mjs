// `npm test [-- PATH…]`: installs what is missing, builds, lints, then runs every test, or those whose path contains one
// of the arguments. The last line is `N passed, N failed`; the exit code is 0 only when nothing failed.

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run, runTool } from './house.mjs'

const filters = process.argv.slice(2)

if (!build()) {
  console.log('\nthe build failed, so no test ran\n0 passed, 1 failed')
  process.exit(1)
}
const linted = filters.length > 0 || runTool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings']) === 0
const failedBefore = linted ? [] : ['--failed-before', 'lint']
process.exitCode = run(process.execPath, [join(root, 'dist', 'test', 'run.js'), ...failedBefore, ...filters])
