// What a reader of this tree may count on, beyond what the linter knows.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isTest } from './check-imports.js'
import { tokensOf } from './tokens.js'
import { readTree } from './tree.js'

const sources = readTree(['.ts', '.mjs'])
const typed = new Map([...sources].filter(([path]) => path.endsWith('.ts')))

/** Longer than this, a file holds more than one idea. */
const fileLimitLines = 450

/** An index says what its folder guarantees; longer than this, it does something itself. */
const indexLimitLines = 40

const test = suite('style')

test('no file is longer than 450 lines', () => {
  assert.equal(
    offenders(sources, (text) => lineCount(text) > fileLimitLines),
    [],
  )
})

test('every source file opens with a comment that says what it is for', () => {
  assert.equal(
    offenders(sources, (text) => !/^(#!.*\n)?\/[/*]/.test(text)),
    [],
  )
})

test('nothing has the type any', () => {
  const usesAny = (text: string) => {
    const tokens = tokensOf(text)
    return tokens.some((token, at) => token.kind === 'word' && token.text === 'any' && tokens[at - 1]?.text !== '.')
  }
  assert.ok(usesAny('let a: any'))
  assert.not(usesAny('// any\nfc.any()'))
  assert.equal(offenders(typed, usesAny), [])
})

test('every folder of stack/ and of the shell has a short index.ts', () => {
  const folders = new Set(
    [...typed.keys()].map((path) => /^(stack\/[^/]+|errors|node|api)\//.exec(path)?.[1]).filter(Boolean),
  )
  for (const folder of folders) assert.ok(typed.has(`${folder}/index.ts`), `${folder} has no index.ts`)
  const indexes = new Map([...typed].filter(([path]) => /^stack\/[^/]+\/index\.ts$/.test(path)))
  assert.equal(
    offenders(indexes, (text) => lineCount(text) > indexLimitLines),
    [],
  )
})

test('no compiler complaint is silenced', () => {
  const comment = new RegExp(`@ts-(${['ignore', 'nocheck'].join('|')})`)
  assert.equal(
    offenders(typed, (text) => comment.test(text)),
    [],
  )
})

test('no test is singled out, which would switch the others off', () => {
  assert.equal(
    offenders(tests(), (text) => /\.only\(/.test(textOfCode(text))),
    [],
  )
})

test('every suite that is made is run', () => {
  const forgets = (text: string) => {
    const code = textOfCode(text)
    const suites = [...code.matchAll(/const (\w+) = suite\b/g)].map((match) => match[1])
    return suites.some((name) => !code.includes(`${name} . run (`))
  }
  assert.ok(forgets("const a = suite('a')\nconst b = suite<B>('b')\na.run()"))
  assert.equal(offenders(tests(), forgets), [])
})

test('what a node refuses in a test of the network is told', () => {
  const mute = (text: string) => !/\b(networked|told) \(/.test(textOfCode(text))
  assert.ok(mute("const test = suite('network/a')\ntest('b', async () => {})"))
  const network = new Map([...tests()].filter(([path]) => path.startsWith('test/network/')))
  assert.equal(offenders(network, mute), [])
})

test('no file names a place of the machine that it was written on', () => {
  const place = new RegExp(
    `(^|[^\\w.-])/(${['work', 'farm', 'workspace', 'builds', 'Users', 'tmp/brief'].join('|')})/`,
    'm',
  )
  assert.match('cd /' + 'work/main', place)
  assert.equal(
    offenders(readTree(['.ts', '.mjs', '.md', '.json', '.sh', '.toml', '.service', '.rs', '.ci/run']), (text) =>
      place.test(text),
    ),
    [],
  )
})

test.run()

function tests(): Map<string, string> {
  return new Map([...typed].filter(([path]) => isTest(path)))
}

function offenders(tree: ReadonlyMap<string, string>, bad: (text: string) => boolean): string[] {
  return [...tree].filter(([, text]) => bad(text)).map(([path]) => path)
}

function lineCount(text: string): number {
  return text.split('\n').length - 1
}

/** The tokens with one blank between them, strings left out. */
function textOfCode(text: string): string {
  return tokensOf(text)
    .map((token) => (token.kind === 'string' ? '""' : token.text))
    .join(' ')
}
