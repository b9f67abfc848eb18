// `npm run fuzz -- TIME [TARGET…]`: builds, then looks for inputs that break a promise (test/fuzz/main.ts).

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

process.exitCode = (await build())
  ? run(process.execPath, [join(root, 'dist', 'test', 'fuzz', 'main.js'), ...process.argv.slice(2)])
  : 1
