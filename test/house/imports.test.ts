// The import rules and the purity of stack/ hold in this tree, and the checkers find what is planted.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkImports, folderOf } from './check-imports.js'
import { checkPurity } from './check-purity.js'
import { referencesOf } from './references.js'
import { folderRules } from './rules.js'
import { tokensOf } from './tokens.js'
import { readTree } from './tree.js'

const house = suite('this tree')

house('keeps the import rules', () => {
  assert.equal(checkImports(readTree(['.ts'])), [])
})

house('has a pure stack', () => {
  assert.equal(checkPurity(readTree(['.ts'])), [])
})

house('has rules whose arrows all point upwards, so that no cycle can be allowed', () => {
  const above: string[] = []
  for (const rule of folderRules) {
    for (const folder of rule.folders)
      assert.ok(above.includes(folder), `${rule.folder} may import ${folder}, which stands below`)
    above.push(rule.folder)
  }
})

house('is drawn in ARCHITECTURE.md with every folder that has a rule', () => {
  const drawn = [...readTree(['ARCHITECTURE.md']).values()].join('').matchAll(/^\| `([\w/]+)`/gm)
  const ruled = folderRules.map(({ folder }) => folder).sort()
  const rows = [...drawn].map((match) => match[1]?.replace(/\/$/, '') ?? '').filter((folder) => ruled.includes(folder))
  assert.equal(rows.sort(), ruled)
})

house.run()

const imports = suite('import checker')

/** A small house without fault, with `files` put over it. */
function planted(files: Record<string, string>): string[] {
  const sound = {
    'errors/index.ts': 'export const a = 1',
    'stack/bytes/index.ts': "export { b } from './b.js'",
    'stack/bytes/b.ts': "import { a } from '../../errors/index.js'\nexport const b = a",
    'stack/data/index.ts': "import { b } from '../bytes/index.js'\nexport const d = b",
    'stack/name/index.ts': 'export const n = 1',
    'node/index.ts': "import { d } from '../stack/data/index.js'\nimport fs from 'node:fs'\nexport const n = [d, fs]",
    'api/index.ts': "export const load = () => import('../node/index.js')",
    'cli/up.ts': "import { n } from '../node/index.js'\nexport const up = n",
    'test/x.ts': "import { b } from '../stack/bytes/b.js'\nexport const x = b",
  }
  return checkImports(new Map(Object.entries({ ...sound, ...files })))
}

imports('finds nothing in a sound tree', () => {
  assert.equal(planted({}), [])
})

imports('finds a folder that imports a forbidden one', () => {
  const text = "// why\nimport { d } from '../data/index.js'\nexport const n = d"
  assert.equal(planted({ 'stack/name/index.ts': text }), [
    'stack/name/index.ts:2: stack/name may not import stack/data',
  ])
})

imports('finds a re-export, a type and a dynamic import as well', () => {
  for (const text of [
    "export { d } from '../data/index.js'",
    "export * from '../data/index.js'",
    "import type { D } from '../data/index.js'",
    "type D = import('../data/index.js').D",
    "import '../data/index.js'",
  ]) {
    assert.equal(planted({ 'stack/name/index.ts': text }), [
      'stack/name/index.ts:1: stack/name may not import stack/data',
    ])
  }
})

imports('finds an entry that is not by index.ts', () => {
  const found = planted({ 'node/index.ts': "import { b } from '../stack/bytes/b.js'" })
  assert.equal(found, ['node/index.ts:1: imports stack/bytes/b.ts instead of stack/bytes/index.js'])
})

imports('finds a folder that is loaded at once where only import() is allowed', () => {
  const found = planted({ 'api/index.ts': "import { n } from '../node/index.js'" })
  assert.equal(found, ['api/index.ts:1: may load node by import() alone'])
})

imports('lets only `up` of the command line reach the node', () => {
  const found = planted({ 'cli/get.ts': "import { n } from '../node/index.js'" })
  assert.equal(found, ['cli/get.ts:1: cli may not import node'])
})

imports('finds a package and a built-in where there may be none', () => {
  const found = planted({
    'stack/name/index.ts': "import { sha256 } from '@noble/hashes'\nimport 'node:fs'\nimport 'uvu'",
  })
  assert.equal(found, [
    'stack/name/index.ts:1: stack/name may not import the package @noble/hashes',
    'stack/name/index.ts:2: stack/name may not import node:fs',
    'stack/name/index.ts:3: stack/name may not import the package uvu',
  ])
})

imports('lets a test beside its source use files, the runner and its helpers', () => {
  const text = "import 'node:fs'\nimport 'uvu'\nimport * as fc from 'fast-check'\nimport '../../test/x.js'"
  assert.equal(planted({ 'stack/name/a.test.ts': text }), [])
  assert.equal(planted({ 'stack/name/a.ts': "import '../../test/x.js'" }), [
    'stack/name/a.ts:1: imports test, which only tests may',
  ])
})

imports('finds a target that is not there, one without .js and one that is computed', () => {
  assert.equal(planted({ 'errors/a.ts': "import './gone.js'\nimport './index'\nimport(`./${1}.js`)" }), [
    'errors/a.ts:1: imports ./gone.js, which is not there',
    'errors/a.ts:2: imports ./index, which does not end in .js',
    'errors/a.ts:3: imports something computed',
  ])
})

imports('finds a cycle of files, but not one of types alone', () => {
  const cycle = { 'errors/a.ts': "import { b } from './b.js'", 'errors/b.ts': "import { a } from './a.js'" }
  assert.equal(planted(cycle), ['cycle of files: errors/a.ts → errors/b.ts → errors/a.ts'])
  assert.equal(planted({ ...cycle, 'errors/b.ts': "import type { a } from './a.js'" }), [])
})

imports('finds a cycle of folders', () => {
  const found = planted({ 'stack/bytes/b.ts': "import type { D } from '../data/index.js'\nexport const b = 1" })
  assert.ok(found.includes('cycle of folders: stack/bytes → stack/data → stack/bytes'), found.join('\n'))
})

imports('finds a file that stands outside of every folder', () => {
  assert.equal(planted({ 'stack/extra/a.ts': '' }), ['stack/extra/a.ts: stands in no folder of the house'])
})

imports('takes the nearest folder where one stands in another', () => {
  assert.is(folderOf('api/protocol/frames.ts'), 'api/protocol')
  assert.is(folderOf('api/protocols.ts'), 'api')
})

imports.run()

const references = suite('references')

references('are read from code alone, not from comments, strings, templates and regular expressions', () => {
  const source = [
    "// import 'comment'",
    "/* import 'block' */",
    'const a = "import \'string\'"',
    "const b = `import 'template' ${`import 'inner' ${a}`} import 'rest'`",
    "const c = /import 'expression'/.test(a) && a / 2 / 3",
    'const d = import.meta.url, e = { import: 1 }.import',
    "export const from = 'nowhere'",
    "import { type F } from 'real'",
  ]
  assert.equal(referencesOf(tokensOf(source.join('\n'))), [
    { specifier: 'real', dynamic: false, typeOnly: false, line: 8 },
  ])
})

references('know every form', () => {
  const source = [
    "import a, { b as c, type d } from 'one'",
    "import * as e from 'two'",
    "import type { f } from 'three'",
    "export * as g from 'four'",
    "export type { h } from 'five'",
    "import type from 'six'",
    "const i = await import('seven')",
    'const j = await import(i)',
    "import 'eight'",
    "import k from 'nine' with { type: 'json' }",
  ]
  const found = referencesOf(tokensOf(source.join('\n')))
  assert.equal(
    found.map(({ specifier }) => specifier),
    ['one', 'two', 'three', 'four', 'five', 'six', 'seven', undefined, 'eight', 'nine'],
  )
  assert.equal(
    found.filter(({ typeOnly }) => typeOnly).map(({ line }) => line),
    [3, 5],
  )
  assert.equal(
    found.filter(({ dynamic }) => dynamic).map(({ line }) => line),
    [7, 8],
  )
})

references.run()

const purity = suite('purity checker')

function impurities(text: string, path = 'stack/data/a.ts'): string[] {
  return checkPurity(new Map([[path, text]])).map((line) => line.slice(path.length + 1))
}

purity('finds clocks, timers, promises, the process and global randomness', () => {
  const source =
    'Date.now()\nnew Date()\nsetTimeout(f)\nasync () => await x\nMath.random()\nprocess.env\nlet p: Promise<1>'
  assert.equal(impurities(source), [
    '1: Date',
    '2: Date',
    '3: setTimeout',
    '4: async',
    '4: await',
    '5: Math.random',
    '6: process',
    '7: Promise',
  ])
})

purity('lets properties, comments and texts have such names', () => {
  assert.equal(
    impurities('// Date\nlet a = "Date"; a.process; let b = { fetch: 1 }; interface C { process?: 1 }; Math.max(1)'),
    [],
  )
  assert.equal(impurities('let a = b ? process : 1'), ['1: process'])
  assert.equal(impurities('let a = `${Date.now()}`'), ['1: Date'])
})

purity('allows the crypto door its asynchronous start, and nothing else', () => {
  assert.equal(impurities('export async function start() { await wasm() }', 'stack/crypto/a.ts'), [])
  assert.equal(impurities('Date.now()', 'stack/crypto/a.ts'), ['1: Date'])
})

purity('leaves tests and the other folders alone', () => {
  assert.equal(impurities('Date.now()', 'stack/data/a.test.ts'), [])
  assert.equal(impurities('Date.now()', 'node/a.ts'), [])
})

purity.run()
