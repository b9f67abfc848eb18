// Whatever reads bytes or texts that come from outside is a target, or stands here with the reason why it is none.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readTree } from '../house/tree.js'
import { targets } from './targets/all.js'

const test = suite('fuzz/targets')

/** Functions that look like decoders and read nothing from outside, or nothing that another does not read. */
const exempt: Readonly<Record<string, string>> = {
  openByteRead: 'opens a call of the API, whose answers are frames',
  openClosedPage: 'behind stack/data/log-reader',
  openDirectoryPlace: 'behind stack/data/folder-walk and path-reader',
  openRecord: 'AES-GCM of node:crypto, behind stack/link/responder and initiator',
  openTree: 'behind stack/data/log-reader',
  readLink: 'parseLink, with petnames',
  readWhole: 'reads a file as it is',
}

test('every exported decoder and opener of bytes is covered by a target', () => {
  const covered = new Set([...targets.flatMap(({ covers }) => covers), ...Object.keys(exempt)])
  const missing = [...exported()].filter(([name]) => !covered.has(name)).map(([name, path]) => `${path}: ${name}`)
  assert.equal(missing, [])
})

test('what is said to be covered is there', () => {
  const sources = [...readTree(['.ts']).values()]
  const said = [...new Set(targets.flatMap(({ covers }) => covers))]
  assert.equal(
    said.filter(
      (name) =>
        !sources.some(
          (text) => text.includes(`export function ${name}(`) || text.includes(`export async function ${name}(`),
        ),
    ),
    [],
  )
})

test('the scan finds what is planted', () => {
  const text = [
    'export async function openX(a: number) {}',
    'export function decodeY(a: number) {}',
    'export function openZ(\n  a: number,\n  bytes: Uint8Array,\n): number {}',
    'function parseZ(text: string) {}',
  ]
  assert.equal(namesIn(text.join('\n')), ['decodeY', 'openZ'])
})

test('every target has a name of its own that says where what it runs stands', () => {
  const names = targets.map(({ name }) => name)
  assert.is(new Set(names).size, names.length)
  for (const name of names) assert.match(name, /^(stack\/[a-z]+|node\/[a-z-]+|api\/protocol|cli)\/[a-z0-9-]+$/)
})

test.run()

/** Exported names of decoders by where they stand. */
function exported(): Map<string, string> {
  const found = new Map<string, string>()
  for (const [path, text] of readTree(['.ts'])) {
    if (!/^(stack|node|api|cli|errors)\//.test(path) || /\.test\.ts$|\/testing\//.test(path)) continue
    for (const name of namesIn(text)) found.set(name, path)
  }
  return found
}

/** Everything that decodes or parses, and what opens or reads bytes or a text. */
function namesIn(text: string): string[] {
  const found = text.matchAll(/^export (?:async )?function ((?:decode|parse|open|read)[A-Z]\w*)\(([^)]*)/gm)
  return [...found].flatMap(([, name, parameters]) => {
    const reads = /\b(bytes|text|chunk|record|payload|page|headBytes|sealed|line): (Uint8Array|string|Run)/.test(
      parameters ?? '',
    )
    return name !== undefined && (reads || /^(decode|parse)/.test(name)) ? [name] : []
  })
}
