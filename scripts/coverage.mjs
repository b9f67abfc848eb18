// `npm run coverage [-- PART…]`: builds, then says how much of stack/ its tests reach (test/coverage/measure.ts); of files
// whose path contains one of the arguments, the lines that they do not.

import { join } from 'node:path'
import { build } from './build.mjs'
import { root, run } from './house.mjs'

process.exitCode = (await build())
  ? run(process.execPath, [join(root, 'dist', 'test', 'coverage', 'measure.js'), ...process.argv.slice(2)])
  : 1
