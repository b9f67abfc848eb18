// `npm run canary [-- WORD…]`: builds, then plants one defect after the other and runs the harness that must find it.

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

process.exitCode = (await build())
  ? run(process.execPath, [join(root, 'dist', 'test', 'canary', 'main.js'), ...process.argv.slice(2)])
  : 1
