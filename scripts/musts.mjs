// `node scripts/musts.mjs [--json]`: lists what docs/protocol.md demands. Each sentence with a MUST is one demand, numbered
// within its section: §7-3 is the third of section 7.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './house.mjs'

/** The demands of a page: `{ id, text }` in order. Code blocks and what stands before the first section have none. */
export function mustsOf(page) {
  const musts = []
  const prose = page.replace(/^```[\s\S]*?^```/gm, '')
  for (const section of prose.split(/^#{2,3} /m).slice(1)) {
    const number = /^\d+(\.\d+)?/.exec(section)?.[0]
    const paragraphs = section
      .split('\n')
      .slice(1)
      .join('\n')
      .split(/\n(?=[-|\n]|\d+\. )/)
    const sentences = paragraphs.flatMap((text) => text.replace(/\s+/g, ' ').split(/(?<=[.:])\)? (?=[A-Z])/))
    const found = sentences.filter((sentence) => /\bMUST\b/.test(sentence))
    musts.push(...found.map((sentence, index) => ({ id: `§${number}-${index + 1}`, text: sentence.trim() })))
  }
  return musts
}

if (process.argv[1] === import.meta.filename) {
  const musts = mustsOf(readFileSync(join(root, 'docs/protocol.md'), 'utf8'))
  if (process.argv.includes('--json')) console.log(JSON.stringify(musts, null, 2))
  else for (const { id, text } of musts) console.log(`${id.padEnd(8)} ${text}`)
}
