// `npm run kills [-- --kills N] [--seed S]`: installs what is missing, builds, and kills nodes under load (test/kills/main.ts).

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

process.exitCode = (await build())
  ? run(process.execPath, [join(root, 'dist', 'test', 'kills', 'main.js'), ...process.argv.slice(2)])
  : 1
