// `npm run docs`: writes what is generated from the code: pages of docs/reference, the vectors of the protocol, and what the
// native tunnel has to do as the TypeScript does it. Tests hold them current.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from './build.mjs'
import { root } from './house.mjs'

if (!(await build())) process.exit(1)
const { errorsPage } = await import('../dist/errors/page.js')
const { cliPage } = await import('../dist/cli/page.js')
const { metricsPage } = await import('../dist/node/metrics/page.js')
const { vectorsText } = await import('../dist/test/vectors/all.js')
const { recordingText } = await import('../dist/test/vectors/recording.js')
const pages = {
  'docs/reference/cli.md': cliPage(),
  'docs/reference/errors.md': errorsPage(),
  'docs/reference/metrics.md': metricsPage(),
  'docs/vectors.json': await vectorsText(),
  'native/tunnel/src/tests/recorded.txt': await recordingText(),
}
for (const [path, text] of Object.entries(pages)) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  console.log(`wrote ${path}`)
}
