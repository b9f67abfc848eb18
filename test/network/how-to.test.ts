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
import { Program } from '../lab/program.js'
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
      const shell = new Shell(village)
      for (const step of stepsOf(readFileSync(join(folder, page), 'utf8'))) await shell.run(step)
    } finally {
      await village.close()
    }
  })
}

class Shell {
  readonly #village: Village
  /** What stays behind, by its host, and how many lines of it were compared. */
  readonly #background = new Map<string, { readonly program: Program; seen: number }>()
  /** What stands for LINK and NAME: what was published last, and whose it is; or who has said who they are. */
  #link = ''
  #name = ''

  constructor(village: Village) {
    this.#village = village
  }

  async run(step: Step): Promise<void> {
    const { host, words, exitCode, at, stays } = step
    const args = words.map((word) => word.replace('LINK', this.#link).replace('NAME', this.#name))
    if (stays) {
      this.#background.set(host, { program: new Program(this.#village, host, args), seen: 0 })
      return this.#hear(step)
    }
    if (step.program === 'fg') {
      await this.#hear(step)
      assert.is(await this.#background.get(host)?.program.interrupt(), exitCode, `line ${at}`)
      return
    }
    const { code, lines } = await this.#finish(step, args)
    this.#compare(step, lines, args)
    assert.is(code, exitCode, `line ${at}`)
    if (words[0] === 'publish') this.#link = lines[0] ?? ''
    const [, name] = /^name +(\S+)$/.exec(words[0] === 'id' ? (lines[0] ?? '') : '') ?? []
    this.#name = name ?? this.#link.split('.')[1] ?? this.#name
    if (words[0] === 'stop') await gone(this.#village, host)
  }

  async #finish(
    { program, host, input }: Step,
    args: readonly string[],
  ): Promise<{ code: number | null; lines: string[] }> {
    const village = this.#village
    const { code, stdout, stderr } =
      program === 'curl'
        ? await curl(village.host(host), args, village.scratch)
        : await village.run(host, args, { cwd: village.scratch, input })
    // What was asked for comes first, as on a terminal that shows both.
    return { code, lines: [stdout, stderr].flatMap((text) => text.split('\n').slice(0, -1)) }
  }

  /** What a program that stays says from now on is what the step expects. */
  async #hear(step: Step): Promise<void> {
    const running = this.#background.get(step.host)
    if (running === undefined) throw new Error(`line ${step.at}: nothing stays on ${step.host}`)
    const { program, seen } = running
    const said = (): string[] => [...program.lines(), ...program.notes().split('\n').slice(0, -1)].slice(seen)
    await until(`line ${step.at}: it says so`, () => said().length >= step.expected.length)
    running.seen += said().length
    this.#compare(step, said().slice(0, running.seen - seen), step.words)
  }

  #compare({ expected, program, at }: Step, lines: readonly string[], args: readonly string[]): void {
    const said = `line ${at}: ${program} ${args.join(' ')}\n${lines.join('\n')}\n`
    assert.is(differenceOf(expected, lines), undefined, said)
  }
}

/** Whoever was linked to a node that was stopped has noticed it. */
async function gone(village: Village, host: string): Promise<void> {
  const [witness, left] = host === 'router' ? (['b', 0] as const) : (['router', 1] as const)
  await until(`${witness} has noticed that ${host} has gone`, async () => {
    return (await village.client(witness).status()).neighbours.up === left
  })
}

test.run()
