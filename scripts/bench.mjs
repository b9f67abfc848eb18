// `npm run bench [-- SUITE | compare | report | sim | micro] …` (bench/main.ts): installs what is missing, builds, installs the
// peers that come from npm where a suite runs, and begins. Where a peer cannot be had the bench goes on without it and says
// so. `--no-peers` installs none.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

const given = process.argv.slice(2)
const isSuite = !['compare', 'report', 'sim', 'micro', 'readme'].includes(given[0])
const wantsPeers = isSuite && !given.includes('--no-peers')

if (await build()) {
  if (wantsPeers) installPeers()
  const args = given.filter((argument) => argument !== '--no-peers')
  process.exitCode = run(process.execPath, [join(root, 'dist', 'bench', 'main.js'), ...args])
} else process.exitCode = 1

function installPeers() {
  if (!existsSync(join(root, 'bench', 'node_modules', '.package-lock.json'))) {
    console.log('installing the peers of the bench')
    const args = ['ci', '--prefix', 'bench', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    if (run('npm', args) !== 0) console.log('the npm registry was not reached: hypercore is left out')
  }
  // nginx is a package of the system: it is installed where that is nobody's machine, and only named elsewhere.
  const missing = ['nginx', 'curl'].filter((command) => spawnSync(command, ['--version']).error !== undefined)
  if (missing.length === 0) return
  const packages = missing.map((command) => (command === 'nginx' ? 'nginx-light' : command))
  const mayInstall = process.env.CI === 'true' && process.getuid?.() === 0
  if (!mayInstall || run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...packages]) !== 0) {
    console.log(`${missing.join(' and ')} not found: \`apt-get install ${packages.join(' ')}\` as root installs them`)
  }
}
