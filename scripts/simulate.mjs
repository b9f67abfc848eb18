// `npm run simulate [-- OPTION…]`: installs what is missing, builds, and runs seeds (test/simulator/main.ts lists the options).

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

process.exitCode = build()
  ? run(process.execPath, [join(root, 'dist', 'test', 'simulator', 'main.js'), ...process.argv.slice(2)])
  : 1
