// docs/reference/api.md says every method and every field that the table of methods has.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { methodNames } from '../../api/protocol/index.js'
import { paramNames } from '../../node/api-server/params.js'
import { root } from '../house/tree.js'

const page = readFileSync(join(root, 'docs', 'reference', 'api.md'), 'utf8')
const table = readFileSync(join(root, 'api', 'protocol', 'methods.ts'), 'utf8')

const test = suite('API page')

test('has a section for each method, in the order of the table, and for nothing else', () => {
  const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, heading]) => heading)
  assert.equal(headings, ['Shapes', ...methodNames])
})

test('names every parameter of a method in its section, as optional where it is', () => {
  const shared = sectionOf('Shapes')
  for (const method of methodNames) {
    for (const { name, optional } of paramNames(method)) {
      const shown = `\`${name}${optional ? '?' : ''}\``
      const where = ['maxAgeS', 'refuseStale', 'idleTimeoutMs'].includes(name) ? shared : sectionOf(method)
      assert.ok(where.includes(shown), `${method}: ${shown}`)
    }
  }
})

test('names every field that the table of methods has', () => {
  const fields = new Set([...table.matchAll(/(?:^|[{;(]) *(\w+)\??: /gm)].map(([, field]) => field ?? ''))
  assert.ok(fields.size > 80)
  const missing = [...fields].filter((field) => !new RegExp(`\\b${field}\\b`).test(page))
  assert.equal(
    missing.filter((field) => !['params', 'result', 'item', 'progress'].includes(field)),
    [],
  )
})

test.run()

function sectionOf(heading: string): string {
  return page.split(`### ${heading}\n`)[1]?.split('\n### ')[0] ?? ''
}
