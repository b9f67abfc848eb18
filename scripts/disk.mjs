// `npm run disk [-- …]`: builds, and tries power loss, failing calls and damage on the life of a home (test/disk/main.ts).

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

process.exitCode = (await build())
  ? run(process.execPath, [join(root, 'dist', 'test', 'disk', 'main.js'), ...process.argv.slice(2)])
  : 1
