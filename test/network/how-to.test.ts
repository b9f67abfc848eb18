// The transcripts of docs/how-to, run as they stand: a router and two nodes that know nothing but it.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { differenceOf, type Step, stepsOf } from '../docs/transcript.js'
import { root } from '../house/tree.js'
import { curl } from '../lab/curl.js'
import { writeTree } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'

const test = suite('network/how-to')
const it = networked(test)
const folder = join(root, 'docs', 'how-to')
const pages = readdirSync(folder).filter((page) => stepsOf(readFileSync(join(folder, page), 'utf8')).length > 0)

it('there is a page with a transcript', () => {
  assert.ok(pages.includes('find-out-where-it-breaks.md'))
})

for (const page of pages) {
  it(`${page} is what happens`, async () => {
    const village = await Village.open(['a', 'b'])
    try {
      await Promise.all(['a', 'b'].map((host) => village.up(host)))
      writeTree(village.path('site'), { 'index.html': 4_000, 'big.bin': 2_500_000 })
      let link = ''
      for (const step of stepsOf(readFileSync(join(folder, page), 'utf8'))) {
        const output = await run(village, step, link)
        if (step.words[0] === 'publish') link = output[0] ?? ''
      }
    } finally {
      await village.close()
    }
  })
}

async function run(village: Village, step: Step, link: string): Promise<string[]> {
  const { host, words, expected, exitCode, at } = step
  const args = words.map((word) => word.replace('LINK', link).replace('NAME', link.split('.')[1] ?? ''))
  const { code, stdout, stderr } =
    step.program === 'curl'
      ? await curl(village.host(host), args, village.scratch)
      : await village.run(host, args, { cwd: village.scratch })
  // What was asked for comes first, as on a terminal that shows both.
  const lines = [stdout, stderr].flatMap((text) => text.split('\n').slice(0, -1))
  assert.is(
    differenceOf(expected, lines),
    undefined,
    `line ${at}: ${step.program} ${args.join(' ')}\n${lines.join('\n')}\n`,
  )
  assert.is(code, exitCode, `line ${at}`)
  if (words[0] === 'stop') await gone(village, host)
  return lines
}

/** Whoever was linked to a node that was stopped has noticed it. */
async function gone(village: Village, host: string): Promise<void> {
  const [witness, left] = host === 'router' ? (['b', 0] as const) : (['router', 1] as const)
  await until(`${witness} has noticed that ${host} has gone`, async () => {
    return (await village.client(witness).status()).neighbours.up === left
  })
}

test.run()
