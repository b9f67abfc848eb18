// `node scripts/musts.mjs [--list | --json]`: holds what docs/protocol.md demands against the marks in the tree. A demand is
// a sentence with a MUST; a mark is a comment above a test (or in code) that begins like the sentence:
//
//     // protocol.md §7 MUST: Nobody goes back
//
// Lists demands without a mark, and marks that name no demand or more than one, and ends with 1 then. --list and --json
// say what is demanded and where it is marked.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './house.mjs'

const folders = ['api', 'cli', 'errors', 'node', 'shims', 'stack', 'test', 'bench'].filter((folder) =>
  existsSync(join(root, folder)),
)
const comment = /^ *(?:\/\/|#) protocol\.md §(\d+(?:\.\d+)?) MUST: (.+)$/gm
/** Shorter, a mark could begin like anything. */
const leastLength = 15

/** The demands of a page: `{ section, text }` in order. Code blocks and what stands before the first section have none. */
export function mustsOf(page) {
  const prose = page.replace(/^```[\s\S]*?^```/gm, '')
  return prose
    .split(/^#{2,3} /m)
    .slice(1)
    .flatMap((whole) => {
      const [title = '', ...lines] = whole.split('\n')
      const section = /^\d+(\.\d+)?/.exec(title)?.[0] ?? title
      return lines
        .join('\n')
        .split(/\n(?=[-|\n]|\d+\. )/)
        .flatMap((paragraph) => oneLine(paragraph).split(/(?<=\.\)?) (?=[A-Z`])|(?<=:) (?=[A-Z])/))
        .map((sentence) => sentence.replace(/^(?:- |\| |\d+\. )/, '').trim())
        .filter((sentence) => /\bMUST\b/.test(sentence))
        .map((text) => ({ section, text }))
    })
}

/** The marks of a file: `{ section, text }`. */
export function marksOf(source) {
  return [...source.matchAll(comment)].map(([, section, text]) => ({ section, text: oneLine(text) }))
}

/** Every demand with the places of its marks, and what is wrong. `files`: paths to texts. */
export function compare(page, files) {
  const musts = mustsOf(page).map((must) => ({ ...must, places: [] }))
  const wrong = []
  for (const [path, text] of files) {
    for (const mark of marksOf(text)) {
      const meant = musts.filter((must) => must.section === mark.section && must.text.startsWith(mark.text))
      if (meant.length === 1 && mark.text.length >= leastLength) meant[0].places.push(path)
      else wrong.push(`${path}: a mark that names ${meant.length} demands: §${mark.section} ${mark.text}`)
    }
  }
  const unmarked = musts.filter((must) => must.places.length === 0)
  return { musts, wrong: [...unmarked.map((must) => `no mark: §${must.section} ${must.text}`), ...wrong] }
}

/** What is compared in this tree. */
export function compareTree() {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  )
  const sources = paths.filter((path) => /\.(ts|mjs|py)$/.test(path))
  const page = readFileSync(join(root, 'docs/protocol.md'), 'utf8')
  return compare(
    page,
    sources.map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  )
}

function oneLine(text) {
  return text.replace(/\s+/g, ' ').trim()
}

if (process.argv[1] === import.meta.filename) {
  const { musts, wrong } = compareTree()
  if (process.argv.includes('--json')) console.log(JSON.stringify(musts, null, 2))
  if (process.argv.includes('--list'))
    for (const { section, text, places } of musts) console.log(`§${section} ${text}\n    ${places.join(' ')}`)
  for (const line of wrong) console.log(line)
  console.log(`${musts.length} demands, ${wrong.length} wrong`)
  if (wrong.length > 0) process.exitCode = 1
}
