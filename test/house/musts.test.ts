// Each demand of docs/protocol.md is marked where it is tested, and each mark names one (scripts/musts.mjs).

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from './tree.js'

interface Must {
  readonly section: string
  readonly text: string
}

interface Script {
  mustsOf(page: string): Must[]
  compare(page: string, files: [string, string][]): { musts: Must[]; wrong: string[] }
  compareTree(): { musts: Must[]; wrong: string[] }
}

const script = (await import(pathToFileURL(join(root, 'scripts/musts.mjs')).href)) as Script
const test = suite('demands of the protocol')

const page = [
  '# The page MUST not count here',
  '## 1. First',
  'One MUST be. Two is. `three` MUST NOT',
  'be (or so). A fourth: Five MUST be.',
  '',
  '- Six MUST be',
  '',
  '```',
  'seven MUST be',
  '```',
  '### 1.2 Second',
  'One MUST be here.',
].join('\n')
const mark = (section: string, text: string): string => `  // protocol.md §${section} ${'MUST'}: ${text}\n`

test('a demand is a sentence with a MUST, in its section', () => {
  assert.equal(script.mustsOf(page), [
    { section: '1', text: 'One MUST be.' },
    { section: '1', text: '`three` MUST NOT be (or so).' },
    { section: '1', text: 'Five MUST be.' },
    { section: '1', text: 'Six MUST be' },
    { section: '1.2', text: 'One MUST be here.' },
  ])
})

test('a demand without a mark is found, and so is a mark that names none, or is too short to tell', () => {
  const short = '## 1. First\nOne thing MUST be here. Another thing MUST be here. Another thing MUST be there.'
  const one = mark('1', 'One thing MUST be')
  const wrong = (...marks: string[]): number => script.compare(short, [['a.ts', marks.join('')]]).wrong.length
  assert.is(wrong(one, mark('1', 'Another thing MUST be here'), mark('1', 'Another thing MUST be there')), 0)
  assert.is(wrong(), 3)
  assert.is(wrong(one), 2)
  assert.is(wrong(one, mark('2', 'One thing MUST be')), 3)
  assert.is(wrong(mark('1', 'One')), 4)
  assert.is(wrong(one, mark('1', 'Another thing MUST be')), 3)
})

test('the page and the tree agree', () => {
  const { musts, wrong } = script.compareTree()
  assert.equal(wrong, [])
  assert.ok(musts.length > 80)
})

test.run()
