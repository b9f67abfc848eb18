// The page's script with its plotting library as one text, so that the page needs nothing else.

import { join } from 'node:path'
import { buildSync } from 'esbuild'

/** Throws where esbuild, which is a tool of the project, is not installed. */
export function bundleScript(): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(import.meta.dirname, 'draw', 'main.js')],
    bundle: true,
    platform: 'browser',
    target: 'es2020',
    format: 'iife',
    minify: true,
    legalComments: 'inline',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}
