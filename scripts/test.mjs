// `npm test [-- PATH…]`: installs what is missing, builds, lints, tries the native code by cargo where there is one, then runs every test, or those whose path contains one
// of the arguments. The last line is `N passed, N failed`; the exit code is 0 only when nothing failed.

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run, runTool } from './house.mjs'
import { addonChecks, hasAddon } from './native.mjs'

const filters = process.argv.slice(2)

if (!(await build())) {
  console.log('\nthe build failed, so no test ran\n0 passed, 1 failed')
  process.exit(1)
}
// Whoever asks for some tests alone waits for nothing else.
const whole = filters.length === 0
const checks = whole ? [['lint', lint], ...addonChecks()] : []
const results = checks.flatMap(([name, passes]) => [passes() ? '--passed-before' : '--failed-before', name])
// Everything on the native provider where there is one, and what depends on it most on the portable one again.
const providers = hasAddon() ? ['--provider', 'native', ...(whole ? ['--provider', 'portable'] : [])] : []
const runner = join(root, 'dist', 'test', 'run.js')
process.exitCode = run(process.execPath, [runner, ...results, ...providers, ...filters])

function lint() {
  return runTool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings']) === 0
}
