// `npm run docs`: writes the pages of docs/reference that are generated from the code. A test holds them current.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from './build.mjs'
import { root } from './house.mjs'

if (!build()) process.exit(1)
const { errorsPage } = await import('../dist/errors/page.js')
const pages = { 'docs/reference/errors.md': errorsPage() }
for (const [path, text] of Object.entries(pages)) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  console.log(`wrote ${path}`)
}
