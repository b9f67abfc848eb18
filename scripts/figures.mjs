// `npm run figures [-- --seeds N] [--scale N] [NAME…]`: installs what is missing, builds, and measures what attackers cost
// (test/simulator/figures/main.ts).

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

process.exitCode = (await build())
  ? run(process.execPath, [join(root, 'dist', 'test', 'simulator', 'figures', 'main.js'), ...process.argv.slice(2)])
  : 1
