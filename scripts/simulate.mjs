// `npm run simulate [-- OPTION…]`: installs what is missing, builds, and runs seeds (test/simulator/main.ts lists the options).

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

// Ten thousand nodes take 7 GB; little garbage lives long enough to be moved.
const memory = ['--max-old-space-size=9000', '--max-semi-space-size=64']

process.exitCode = (await build())
  ? run(process.execPath, [...memory, join(root, 'dist', 'test', 'simulator', 'main.js'), ...process.argv.slice(2)])
  : 1
