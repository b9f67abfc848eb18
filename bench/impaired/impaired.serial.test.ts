// A bad link is one: a little of the worst is read over 800 ms, counted and never timed. And however it ends, nothing of it is
// left: interrupted, with a guest that hangs, one that ends, and where what it needs is missing.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { whyNoNamespaces } from '../../test/lab/namespaces.js'
import { Children } from '../frame/children.js'
import { QuickRun } from '../frame/quick-run.js'
import { Line } from '../line/line.js'
import { Box } from './box.js'
import { shape, whyNotImpaired } from './impair.js'
import { run } from './inside.js'
import { bytesFor } from './ladder.js'
import { measureLink } from './measure.js'
import { type LinkProfile, profileOf } from './profiles.js'

const test = suite('bench/impaired')
const satellite = of('geo-satellite')
const reason = whyNoNamespaces() ?? whyNotImpaired(satellite)
if (reason !== undefined) {
  if (process.env.CI === 'true') throw new Error(reason)
  console.log(`skipped: ${reason}`)
}
const linked = reason === undefined ? test : (name: string, run: () => void) => test.skip(name, run)

function of(name: string): LinkProfile {
  const profile = profileOf(name)
  if (profile === undefined) throw new Error(`there is no link ${name}`)
  return profile
}

/** Namespaces, folders and processes of the process with this id. */
function left(pid: number): string[] {
  const namespaces = run('ip', 'netns', 'list')
    .split('\n')
    .filter((line) => line.startsWith(`bnl${pid}x`))
  return [...namespaces, ...guestsOf(pid)]
}

/** Command lines of guests whose folder this process made. */
function guestsOf(pid: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        return [readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')]
      } catch {
        return []
      }
    })
    .filter((line) => line.includes(`runnel-link-${pid}-`))
}

linked('over 800 ms a file comes once, whole and verified, and then from the router’s cache', () => {
  const bench = new QuickRun('links')
  try {
    bench.run(['--profile', 'geo-satellite', '--provider', 'portable', '--no-peers'])
    const counters = bench.countersOf('link-geo-satellite')
    const bytes = bytesFor(satellite, 0.1)
    for (const phase of ['cold', 'second', 'newest']) {
      assert.is(counters[`${phase}.bytes`], bytes)
      assert.is(counters[`${phase}.verified`], 1)
      assert.is(counters[`${phase}.copies`], 1, phase)
    }
    assert.equal([counters['cold.cached'], counters['second.cached'], counters['newest.cached']], [0, 1, 1])
    // No ping is back sooner than light, but for what a clock of hundredths of a second may be wrong.
    assert.ok((bench.samples[0]?.values['link.rtt50'] ?? 0) >= 780)
  } finally {
    bench.remove()
  }
})

linked('interrupted while the link is measured, it ends all of it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-links-test-'))
  const main = join(import.meta.dirname, '..', 'main.js')
  const args = ['links', '--profile', 'geo-satellite', '--quick', '--no-peers', '--provider', 'portable']
  const child = spawn(process.execPath, [main, ...args, '--directory', directory], { stdio: 'ignore' })
  try {
    const code = ended(child)
    const pid = child.pid ?? 0
    while (child.exitCode === null && guestsOf(pid).length < 3) await new Promise((resolve) => setTimeout(resolve, 50))
    child.kill('SIGINT')
    assert.is(await code, 130)
    assert.equal(left(pid), [])
    assert.equal(readdirSync(directory), [])
  } finally {
    child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
})

for (const [name, script, said] of [
  ['hangs', 'echo nothing more; sleep 1000', /not ready after 500 ms:\nnothing more/],
  ['ends', 'echo out of cheese; exit 3', /ended:\nout of cheese/],
] as const) {
  linked(`a guest that ${name} is an error with what it said, and nothing of it is left`, async () => {
    const children = new Children()
    const line = pair(children)
    try {
      const open = Box.open(line.cable('a', 'b'), satellite, children, {
        command: () => ['sh', '-c', script],
        readyTimeoutMs: 500,
      })
      await open.then(
        () => assert.unreachable(),
        (error: unknown) => assert.match(String(error), said),
      )
      assert.equal(guestsOf(process.pid), [])
      assert.not.match(run('ip', 'netns', 'list'), `bnl${process.pid}x0-box`)
    } finally {
      await children.endAll()
      line.close()
    }
  })
}

linked('without User-mode Linux it says what installs it', () => {
  const script = `import { whyNoGuest } from '${import.meta.resolve('./guest.js')}'; console.log(whyNoGuest())`
  const path = mkdtempSync(join(tmpdir(), 'bench-links-test-'))
  try {
    run('ln', '-s', '/bin/sh', join(path, 'sh'))
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, PATH: path },
    })
    assert.match(stdout, 'linux.uml is not installed; `apt-get install user-mode-linux kmod`')
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
})

linked('where the rate is all that is limited, as much passes as it says, each way', async () => {
  const children = new Children()
  const line = pair(children)
  try {
    const cable = line.cable('a', 'b')
    const lte = of('lte')
    const impairment = shape(cable, lte)
    const facts = await measureLink(cable, lte, children, { linkPings: 3, linkS: 2 })
    assert.equal([impairment.by, facts.lostPercent], ['tbf', 0])
    // What the bucket holds when it is full passes at once.
    const most = 1.05 * lte.down.kilobitsPerSecond + 524
    for (const rate of [facts.downKilobitsPerSecond, facts.upKilobitsPerSecond])
      assert.ok(rate > 0 && rate < most, String(rate))
    await impairment.close()
    assert.not.match(line.run('a', 'tc', 'qdisc', 'show'), 'tbf')
  } finally {
    await children.endAll()
    line.close()
  }
})

/** Two machines and a cable. */
function pair(children: Children): Line<'a' | 'b'> {
  const near = { place: 'a', device: 'to-b', address: '10.81.1.1' } as const
  return new Line(children, ['a', 'b'], [{ near, far: { place: 'b', device: 'to-a', address: '10.81.1.2' } }])
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', (code) => resolve(code)))
}

test.run()
