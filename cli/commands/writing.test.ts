// The commands that write and those that say how the node is, as a user runs them, against a node whose answers are known.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CustodyState, Params, Result, Status, StreamSummary } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { type Handlers, openFakeNode, withFakeNode } from '../../test/api/fake-node.js'
import { deferred } from '../../test/api/promises.js'
import { command, ended, records, startCommand } from '../../test/cli/command.js'

const name = `a${'b'.repeat(55)}`
const id = { name, device: 'd', address: '2001:20::1', home: '/h' }
const status: Status = {
  ...id,
  version: '1.2.3',
  provider: 'portable',
  pid: 42,
  uptimeS: 3600,
  root: false,
  rank: 2,
  listening: ['127.0.0.1:7254'],
  neighbours: { up: 1, configured: 2 },
  cache: { bytes: 1_000_000, limitBytes: 10_000_000, chunks: 3, hits: 7, evictions: 0 },
  own: { bytes: 2000, chunks: 1, streams: 1 },
  kept: { bytes: 0, chunks: 0, promised: { logs: 0, bytes: 0, limitBytes: 0 } },
  inbox: { keptBy: [], waiting: 0, refused: {}, keeps: { inboxes: 0, bytes: 0 } },
  conversations: { open: 2, resuming: 1, opening: 0, bufferedBytes: 4_000 },
  residentBytes: 90_000_000,
  servers: [],
  tun: { state: 'off', ports: [], unknown: [] },
  rules: [],
  counters: { interests: 0 },
  warnings: [{ code: 'RUNNEL-W-X', text: 'something', hint: 'do this' }],
}
const published: Result<'publish'> = {
  link: `main.${name}+s`,
  name,
  label: 'main',
  visibility: 'unlisted',
  files: 2,
  bytes: 3000,
  newBytes: 1000,
  added: 1,
  changed: 1,
  removed: 0,
  unchanged: false,
}

const test = suite('commands that write and tell')

test('publish prints the link alone on standard output, and who can read it beside', async () => {
  const seen: Params<'publish'>[] = []
  const handlers: Partial<Handlers> = {
    publish: async (params) => {
      seen.push(params)
      return published
    },
  }
  await withFakeNode(handlers, async ({ home }) => {
    const plain = await command(['publish', 'site'], { home, cwd: '/tmp' })
    assert.is(plain.stdout, `${published.link}\n`)
    assert.match(plain.stderr, 'unlisted: only who has this link can read it')
    assert.match(plain.stderr, '2 files, 3.00 kB, 1.00 kB of them new: 1 added, 1 changed, 0 removed')
    const json = await command(['publish', '/s', '--label', 'a', '--visibility', 'unlisted', '--json'], { home })
    assert.equal(records(json.stdout), [published])
    assert.is((await command(['publish', '/s', '--visibility', 'secret'], { home })).code, 2)
  })
  assert.equal(seen, [{ path: '/tmp/site' }, { path: '/s', label: 'a', visibility: 'unlisted' }])
})

test('publish --keep prints who has promised what until when, and says so when nobody did', async () => {
  const hours = 3_600_000
  const of = { label: 'main', log: 'l', custodian: 'custodian-key' } as const
  const kept = { ...of, state: 'kept', untilMs: Date.UTC(2100, 0, 31), bytes: 9, newest: true } as const
  const refused = { ...of, custodian: 'other-key', state: 'refused', problem: 'start with --custody \u001b' } as const
  let custody: CustodyState[] = [kept, refused]
  const seen: (number | undefined)[] = []
  const handlers: Partial<Handlers> = {
    publish: async ({ keepS }) => {
      seen.push(keepS)
      return { ...published, custody }
    },
  }
  await withFakeNode(handlers, async ({ home }) => {
    const said = async (keep: string) => (await command(['publish', '/s', '--keep', keep], { home })).stderr
    const both = await said('30d')
    assert.match(both, /^kept by custodia… until 2100-01-31, not audited yet$/m)
    assert.match(both, /^refused by other-ke…: start with --custody \\u001b$/m)
    assert.not.match(both, /nobody/)
    custody = [refused]
    assert.match(await said('12h'), /^nobody has promised to keep it yet/m)
    custody = []
    assert.match(await said('3600'), /^nobody was asked to keep it: start with --upstream or --custodian KEY$/m)
    const soon = { ...kept, untilMs: Date.now() + 5 * hours, auditedMs: Date.now() - 2 * 60_000, newest: false }
    custody = [soon]
    const date = new Date(soon.untilMs).toISOString().slice(0, 16).replace('T', ' ')
    assert.match(await said('5h'), new RegExp(`until ${date} UTC, audited 2.* ago, its newest state not yet$`, 'm'))
    assert.equal(seen, [30 * 86_400, 12 * 3_600, 3_600, 5 * 3_600])
    assert.is((await command(['publish', '/s', '--keep', 'long'], { home })).code, 2)
  })
})

test('id, status, peers and streams give what the method gives', async () => {
  const peer = {
    device: 'k',
    address: '1.2.3.4:5',
    direction: 'out',
    upstream: true,
    state: 'waiting',
    sinceMs: 1,
    bytesIn: 5,
    bytesOut: 6,
    routes: 0,
    blame: 0,
    lastError: { text: 'refused\u001b', atMs: 2 },
    nextTryMs: 3,
  } as const
  const stream = {
    label: 'main',
    link: 'l',
    log: 'g',
    visibility: 'public',
    kind: 'site',
    entries: 1,
    bytes: 2,
    headTimeMs: 3,
    forked: false,
    custody: [],
  } as const satisfies StreamSummary
  const pin = { link: 'p', sizeBytes: 10, bytes: 5, chunks: 1, sinceMs: 1, headTimeMs: 1, whole: true }
  const handlers: Partial<Handlers> = {
    id: async () => id,
    status: async () => status,
    peers: async (_, call) => {
      await call.item(peer)
      return { count: 1 }
    },
    streams: async (_, call) => {
      await call.item(stream)
      await call.item({ ...stream, label: 'b' })
      return { count: 2 }
    },
    pins: async (_, call) => {
      await call.item(pin)
      return { count: 1 }
    },
  }
  await withFakeNode(handlers, async ({ home }) => {
    const json = async (what: string) => records((await command([what, '--json'], { home })).stdout)
    assert.equal(await json('id'), [id])
    assert.equal(await json('status'), [status])
    assert.equal(await json('peers'), [peer])
    assert.equal(await json('streams'), [stream, { ...stream, label: 'b' }, { kind: 'pin', ...pin }])
    const text = async (what: string) => (await command([what], { home })).stdout
    assert.match(await text('id'), new RegExp(`^name +${name}$`, 'm'))
    const said = await text('status')
    assert.match(said, /^neighbours +1 up, 2 configured; 2 hops from a root$/m)
    assert.match(said, /^conversations +2, 1 looking for a way; they hold 4\.00 kB$/m)
    assert.match(said, /^warning: RUNNEL-W-X: something\nhint: do this$/m)
    assert.match(await text('peers'), /^k {2}upstream {2}waiting .* refused\\u001b \(/m)
    assert.match(await text('streams'), /^main {2}site {2}public {2}1 entry/m)
  })
})

test('doctor ends with 0 when all is well and with 7 when a check failed', async () => {
  let ok = true
  const handlers: Partial<Handlers> = {
    doctor: async (_, call) => {
      await call.item({ check: 'disk', level: 'ok', text: 'fine', fix: 'nothing' })
      if (!ok) await call.item({ check: 'clock', level: 'fail', text: 'wrong', fix: 'set it' })
      return { ok }
    },
  }
  await withFakeNode(handlers, async ({ home }) => {
    const well = await command(['doctor'], { home })
    assert.is(well.code, 0)
    assert.match(well.stdout, /^ok {4}disk: fine\n/)
    assert.not.match(well.stdout, 'no node runs')
    ok = false
    const ill = await command(['doctor'], { home })
    assert.is(ill.code, 7)
    assert.match(ill.stdout, 'fail  clock: wrong\n      fix: set it\n')
    assert.is(ill.stdout.match(/ clock: /g)?.length, 1, 'what the node says is not said of the machine once more')
    const [disk, clock] = records((await command(['doctor', '--json'], { home })).stdout)
    assert.equal(
      [disk, clock].map((one) => (one as { check?: string }).check),
      ['disk', 'clock'],
    )
  })
})

test('petname sets, takes away, lists and finds', async () => {
  const names = new Map<string, string>()
  const handlers: Partial<Handlers> = {
    setPetname: async ({ petname, name }) => {
      if (name === '') names.delete(petname)
      else names.set(petname, name)
      return {}
    },
    petnames: async (_, call) => {
      for (const [petname, name] of names) await call.item({ petname, name })
      return { count: names.size }
    },
  }
  await withFakeNode(handlers, async ({ home }) => {
    const petname = (...args: string[]) => command(['petname', ...args], { home })
    await petname('alice', name)
    await petname('@bob', `posts.${name}`)
    assert.equal(
      [...names],
      [
        ['alice', name],
        ['bob', name],
      ],
    )
    assert.is((await petname()).stdout, `@alice  ${name}\n@bob    ${name}\n`)
    assert.equal(records((await petname('alice', '--json')).stdout), [{ petname: 'alice', name }])
    assert.is((await petname('carol')).code, 3)
    assert.is((await petname('--remove')).code, 2)
    await petname('alice', '--remove')
    assert.equal([...names.keys()], ['bob'])
  })
})

test('wait asks for what was said, and for readiness when nothing was', async () => {
  const seen: Params<'wait'>[] = []
  const handlers: Partial<Handlers> = {
    wait: async (params) => {
      seen.push(params)
      return { waitedMs: 0 }
    },
  }
  await withFakeNode(handlers, async ({ home }) => {
    for (const flags of [[], ['--neighbour'], ['--neighbour', 'key'], ['--head', name, '--neighbour']]) {
      assert.is((await command(['wait', ...flags], { home })).code, 0)
    }
    const json = await command(['wait', '--json', '--timeout', '5m'], { home })
    assert.type(records(json.stdout)[0]?.waitedMs, 'number')
  })
  assert.equal(
    seen.map(({ timeoutMs: _, ...goal }) => goal),
    [
      { for: 'ready' },
      { for: 'neighbour' },
      { for: 'neighbour', neighbour: 'key' },
      { for: 'neighbour' },
      { for: 'head', link: name },
      { for: 'ready' },
    ],
  )
  assert.ok(seen.every(({ timeoutMs }) => timeoutMs !== undefined && timeoutMs > 0 && timeoutMs <= 300_000))
})

test('wait waits for a node that has not started yet, and goes on when it starts again meanwhile', async () => {
  const home = mkdtempSync(join(tmpdir(), 'wait-'))
  const waiting = command(['wait', '--timeout', '30'], { home })
  const asked = deferred()
  const dying = await openFakeNode(
    {
      wait: () => {
        asked.resolve()
        return new Promise(() => {})
      },
    },
    home,
  )
  await asked.promise
  await dying.close()
  const second = await openFakeNode({ wait: async () => ({ waitedMs: 1 }) }, home)
  assert.is((await waiting).code, 0)
  await second.close()
  rmSync(home, { recursive: true })
})

test('wait says by its exit code why it was in vain', async () => {
  assert.is((await command(['wait', '--timeout', '200ms'], { home: '/nonexistent' })).code, 6)
  const handlers: Partial<Handlers> = {
    wait: async ({ for: goal }) => {
      throw new RunnelError(goal === 'head' ? 'NO_HOLDER' : 'TIMEOUT')
    },
  }
  await withFakeNode(handlers, async ({ home }) => {
    assert.is((await command(['wait', '--neighbour'], { home })).code, 4)
    assert.is((await command(['wait', '--head', name], { home })).code, 3)
    assert.is((await command(['wait', '--timeout', 'soon'], { home })).code, 2)
  })
})

test('wait can be interrupted while there is no node', async () => {
  const home = mkdtempSync(join(tmpdir(), 'wait-'))
  const child = startCommand(['wait'], { home })
  const end = ended(child)
  // It has set up its handlers once it has tried the socket, which this one sees.
  const node = await openFakeNode({ wait: () => new Promise(() => child.kill('SIGINT')) }, home)
  assert.is((await end).code, 130)
  await node.close()
  rmSync(home, { recursive: true })
})

test('stop returns when the process of the node has gone', async () => {
  const process = spawn('sleep', ['1000'])
  const gone = once(process, 'exit')
  const handlers: Partial<Handlers> = {
    status: async () => ({ ...status, pid: process.pid ?? 0 }),
    stop: async () => {
      setImmediate(() => process.kill())
      return {}
    },
  }
  await withFakeNode(handlers, async ({ home }) => {
    const { code, stdout } = await command(['stop', '--json'], { home })
    assert.is(code, 0)
    assert.equal(records(stdout), [{ stopped: process.pid }])
  })
  await gone
})

test.run()
