// `runnel probe`, as a user runs it, against a node whose answers are known.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ProbeStage } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { type Handlers, openFakeNode } from '../../test/api/fake-node.js'
import { command, records } from '../../test/cli/command.js'

const name = `a${'b'.repeat(55)}`
const test = suite('probe')

const stages: ProbeStage[] = [
  {
    stage: 'name',
    level: 'ok',
    tookMs: 0.1,
    name: { target: 'name', key: name, label: 'main', visibility: 'public', own: false },
  },
  {
    stage: 'route',
    level: 'ok',
    tookMs: 0.1,
    route: { own: false, announced: [{ neighbour: name, cost: 2, proven: true }], upstreams: 1 },
  },
  {
    stage: 'link',
    level: 'ok',
    tookMs: 0.1,
    link: {
      neighbours: [
        { device: name, address: '10.0.0.1:7254', upstream: true, announced: true, state: 'up', rttMs: 0.432 },
        {
          device: name,
          address: '10.0.0.2:7254',
          upstream: true,
          announced: false,
          state: 'waiting',
          lastError: { text: 'refused', atMs: 1 },
        },
      ],
    },
  },
  {
    stage: 'head',
    level: 'ok',
    tookMs: 4.25,
    head: {
      certificate: { hop: 1, cached: true, ageS: 3, stale: false },
      logs: [
        {
          log: name,
          device: name,
          own: false,
          length: 2,
          bytes: 9,
          timeMs: 1,
          ageS: 12,
          stale: false,
          closed: false,
          forked: false,
          hop: 2,
          cached: false,
        },
      ],
    },
  },
  { stage: 'chunk', level: 'ok', tookMs: 3, chunk: { hop: 2, cached: false, bytes: 61_440, verified: true } },
  {
    stage: 'goodput',
    level: 'ok',
    tookMs: 1000,
    goodput: {
      bytes: 182_000_000,
      bytesPerS: 182_000_000,
      whole: false,
      sources: [{ hop: 2, cached: false, bytes: 182_000_000 }],
    },
  },
]

async function probed(shown: readonly ProbeStage[], ...more: string[]) {
  const ok = shown.every(({ level }) => level === 'ok')
  const probe: Handlers['probe'] = async ({ link }, { item }) => {
    for (const stage of shown) await item(stage)
    return { link, ok }
  }
  const node = await openFakeNode({ probe })
  try {
    return await command(['probe', name, ...more], { home: node.home })
  } finally {
    await node.close()
  }
}

test('probe prints a settled line a stage, with what was measured, and ends with 0 when all is well', async () => {
  const { code, stdout, stderr } = await probed(stages)
  assert.equal([code, stderr], [0, ''])
  assert.equal(stdout.split('\n'), [
    `ok    name     main of ${name}, public`,
    'ok    route    announced by abbbbbbb (cost 2); then up, to 1 upstream',
    'ok    link     10.0.0.1:7254 is up, 0.43 ms there and back; 10.0.0.2:7254 is waiting (refused)',
    'ok    head     log abbbbbbb of device abbbbbbb: 2 entries, 12 s old, from hop 2 (the writer); name from hop 1; after 4.3 ms',
    'ok    chunk    61.4 kB from hop 2 (the writer), verified, after 3 ms',
    'ok    goodput  182 MB/s: 182 MB; hop 2 (the writer) 182 MB',
    '',
  ])
})

test('probe says of a broken stage why, who was asked and what to do, and ends with the exit code of the error', async () => {
  const details = { asked: [{ neighbour: 'n', outcome: 'NoRoute' }] }
  const error = new RunnelError('NO_HOLDER', 'nobody who was asked holds it\u001b[2J', { details }).toJSON()
  const broken: ProbeStage[] = [...stages.slice(0, 3), { stage: 'head', level: 'fail', tookMs: 9, error }]
  const { code, stdout } = await probed(broken)
  assert.is(code, 3)
  const lines = stdout.split('\n').slice(3)
  assert.is(lines[0], 'fail  head     NO_HOLDER: nobody who was asked holds it\\u001b[2J')
  assert.is(lines[1], '      asked: neighbour n, outcome NoRoute')
  assert.match(lines[2] ?? '', /^ {6}hint: The error lists who was asked\./)
})

test('probe goes on behind a warning, and what is only here is said to be so', async () => {
  const stale = new RunnelError('STALE', 'the writer did not answer').toJSON()
  const shown = stages.map((stage): ProbeStage => {
    if (stage.stage === 'head') return { ...stage, level: 'warn', error: stale }
    if (stage.stage === 'chunk') return { ...stage, chunk: { hop: 0, cached: true, bytes: 10, verified: true } }
    if (stage.stage !== 'goodput') return stage
    return {
      ...stage,
      goodput: { bytes: 10, bytesPerS: 100, whole: true, sources: [{ hop: 0, cached: true, bytes: 10 }] },
    }
  })
  const { code, stdout } = await probed(shown)
  assert.is(code, 4)
  assert.match(stdout, /^warn {2}head .*; STALE: the writer did not answer$/m)
  assert.match(stdout, 'ok    chunk    10 B from own cache, verified; all of it is here, so nobody was asked for it\n')
  assert.match(stdout, 'ok    goodput  100 B/s: 10 B, all there is; own cache 10 B; nothing crossed a link\n')
})

test('probe --json is one document with every stage', async () => {
  const { code, stdout } = await probed(stages, '--json')
  assert.equal([code, records(stdout)], [0, [{ link: name, ok: true, stages }]])
})

test.run()
