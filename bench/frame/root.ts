// Where the project is.

import { join } from 'node:path'

/** The project's root, seen from the compiled file in dist/bench/frame/. */
export const root = join(import.meta.dirname, '..', '..', '..')
