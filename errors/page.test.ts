// The page that users read says what the code does.

import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { errorsPage } from './page.js'
import { errorTable } from './table.js'

const test = suite('errors page')

test('docs/reference/errors.md is what the table says; `npm run docs` writes it', () => {
  const page = readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8')
  assert.ok(page === errorsPage(), 'docs/reference/errors.md is out of date: run `npm run docs`')
})

test('every code has a section of its own', () => {
  const headings = errorsPage().match(/^### .+$/gm) ?? []
  assert.equal(
    headings,
    Object.keys(errorTable).map((code) => `### ${code}`),
  )
})

test('every code says what happened and what to do, as whole sentences', () => {
  for (const [code, row] of Object.entries(errorTable)) {
    assert.ok(row.title.length > 10 && !row.title.endsWith('.'), `${code}: title`)
    assert.ok(/^[A-Z`].*[.`]$/.test(row.hint), `${code}: hint`)
  }
})

test.run()
