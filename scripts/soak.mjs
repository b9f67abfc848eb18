// `npm run soak [-- DURATION] [--seed N]`: installs what is missing, builds, and runs the soak (test/soak/main.ts).

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

process.exitCode = (await build())
  ? run(process.execPath, [join(root, 'dist', 'test', 'soak', 'main.js'), ...process.argv.slice(2)])
  : 1
