// The reader in Python, written from docs/protocol.md alone, follows a log through a router of this repository: by
// renewals, within its credit, over pages that close, and over a router that is killed and started again.

// wall limit: 150 s
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Program } from '../lab/program.js'
import { collect } from '../lab/runnel.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'
import { run, start, withPython } from './python.js'

const test = suite('interop: follow')
const check = withPython(test)

/** More than one answer may have, and less than what the test sends: without renewals it would end. */
const creditBytes = 130_000
/** Without renewals it would end while the test still runs; a crowded machine renews it in time. */
const lifetimeMs = 4_000
const renewS = 0.5

check('takes what rows answer by hand, right and wrong: lower states, forks, an end, the half of its credit', () => {
  const { status, output } = run('check_follow.py')
  assert.is(status, 0, output)
  assert.match(output, /^OK$/m)
})

check('entries come once and in order: by renewals, within the credit, and after the router was killed', async () => {
  const village = await Village.open(['writer', 'reader'])
  let writer: Program | undefined
  try {
    await village.up('writer')
    const wanted = ['before anybody follows']
    const { link } = await village.json<{ link: string }>('writer', ['append', 'posts'], `${wanted[0]}\n`)
    writer = new Program(village, 'writer', ['append', 'posts'])
    const numbers = ['--renew', `${renewS}`, '--lifetime', `${lifetimeMs}`, '--credit', `${creditBytes}`]
    const upstream = ['--upstream', village.upstreamOf('reader')]
    const reader = start(
      village.host('reader'),
      'runnel_reader.py',
      ...upstream,
      'follow',
      link,
      '--from',
      '0',
      ...numbers,
    )
    const ended = once(reader, 'close')
    const [shown, notes] = [collect(reader.stdout), collect(reader.stderr)]
    const lines = (): string[] => shown().split('\n').slice(0, -1)
    const noted = (what: string): number => notes().split(`{"${what}": `).length - 1
    const say = (...texts: string[]): void => {
      wanted.push(...texts)
      for (const text of texts) writer?.say(`${text}\n`)
    }
    const come = (): Promise<unknown> =>
      until('all entries have come', () => lines().length >= wanted.length || reader.exitCode !== null, 40_000)
    try {
      await come()
      for (let i = 0; i < 30; i++) {
        say(`${i} ${'x'.repeat(6_000)}`)
        await come()
      }
      assert.equal(lines(), wanted, notes())
      const renewals = noted('renewed')
      await until(
        'the row lives beyond its lifetime',
        () => noted('renewed') > renewals + lifetimeMs / 1_000 / renewS + 1,
      )
      assert.is(noted('asked'), 1, notes())
      assert.is(noted('nack'), 0, notes())

      await village.crash('router')
      say('while nobody is there', `${'y'.repeat(30_000)}`, `${'z'.repeat(30_000)}`)
      await village.reopen('router')
      say('after that')
      await come()
      for (const text of ['one', 'two', 'three']) {
        say(text)
        await come()
      }
      assert.equal(lines(), wanted, notes())
      assert.ok(noted('asked') > 1, notes())
    } finally {
      reader.kill('SIGKILL')
      await ended
    }
  } finally {
    writer?.sayNoMore()
    await village.close()
  }
})

test.run()
