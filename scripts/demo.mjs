// `npm run demo`: installs what is missing, builds, and shows the whole story on this machine (test/demo/main.ts).

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

process.exitCode = (await build())
  ? run(process.execPath, [join(root, 'dist', 'test', 'demo', 'main.js'), ...process.argv.slice(2)])
  : 1
