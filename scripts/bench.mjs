// `npm run bench [-- SUITE | compare | report | sim | micro | --help] …` (bench/main.ts): installs what is missing, builds,
// installs the peers where a suite runs, and begins. Where a peer cannot be had the bench goes on without it and says
// so. `--no-peers` has none. What only reads results, or explains, is built where nothing was built yet, and else left alone:
// somebody may be measuring with it.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

const given = process.argv.slice(2)
const asksForHelp = given[0] === 'help' || given.includes('--help') || given.includes('-h')
const onlyReads = asksForHelp || ['compare', 'report', 'readme'].includes(given[0])
const isSuite = !onlyReads && !['sim', 'micro'].includes(given[0])
const wantsPeers = isSuite && !given.includes('--no-peers')

/** Their peers are packages of npm or of the system. */
const suitesWithoutGo = ['objects', 'live', 'session', 'inbox', 'custody', 'links']

const program = join(root, 'dist', 'bench', 'main.js')

if ((onlyReads && existsSync(program)) || (await build())) {
  if (wantsPeers) installPeers()
  if (wantsPeers) buildGoPeers()
  process.exitCode = run(process.execPath, [program, ...given])
} else process.exitCode = 1

function installPeers() {
  if (!existsSync(join(root, 'bench', 'node_modules', '.package-lock.json'))) {
    console.log('installing the peers of the bench')
    const args = ['ci', '--prefix', 'bench', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    if (run('npm', args) !== 0) console.log('the npm registry was not reached: hypercore and hyperdrive are left out')
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

/** Peers that are Go programs, of the suite that is named or of all, at the versions of their go.mod; one by one left out. */
function buildGoPeers() {
  const suites = {
    tun: {
      'wireguard-go': { 'wireguard-go': 'golang.zx2c4.com/wireguard' },
      yggdrasil: { yggdrasil: 'github.com/yggdrasil-network/yggdrasil-go/cmd/yggdrasil' },
      nebula: {
        nebula: 'github.com/slackhq/nebula/cmd/nebula',
        'nebula-cert': 'github.com/slackhq/nebula/cmd/nebula-cert',
      },
    },
    readers: {
      ndnd: { ndnd: 'github.com/named-data/ndnd/cmd/ndnd', 'ndn-objects': './objects' },
      kubo: { ipfs: 'github.com/ipfs/kubo/cmd/ipfs' },
    },
  }
  const suite = given.find((word) => word in suites || suitesWithoutGo.includes(word))
  if (suitesWithoutGo.includes(suite)) return
  const programs = suite === undefined ? Object.assign({}, ...Object.values(suites)) : suites[suite]
  const folder = join(root, 'bench', 'peers', 'go')
  for (const [peer, built] of Object.entries(programs)) {
    for (const [program, source] of Object.entries(built)) {
      const target = join(folder, 'bin', program)
      if (existsSync(target)) continue
      console.log(`building ${program}, which is done once`)
      // -mod=mod, because a go.mod that names one program alone lists none of its libraries; go.sum pins them all.
      const args = ['build', '-mod=mod', '-trimpath', '-o', target, source]
      if (spawnSync('go', args, { cwd: join(folder, peer), stdio: 'inherit' }).status !== 0) {
        console.log(`${program} could not be built: ${peer} is left out`)
        break
      }
    }
  }
  const missing = ['iperf3', 'ethtool', 'ping', 'ip', 'nft'].filter(
    (command) => spawnSync('which', [command]).status !== 0,
  )
  if (missing.length > 0)
    console.log(`${missing.join(' and ')} not found: \`apt-get install iperf3 ethtool iputils-ping iproute2 nftables\``)
}
