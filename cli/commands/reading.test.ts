// The commands that read, as a user runs them, against a node whose answers are known.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogEntry, OpenedStream, Params, ReadResult, Result } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { type FakeNode, type Handlers, openFakeNode } from '../../test/api/fake-node.js'
import { deferred } from '../../test/api/promises.js'
import { command, ended, records, startCommand } from '../../test/cli/command.js'

const name = `a${'b'.repeat(55)}`
const head = { timeMs: 1_700_000_000_000, ageS: 12, stale: false, forked: false }
const read: ReadResult = {
  bytes: 5,
  verified: true,
  stale: false,
  head,
  sources: [
    { hop: 0, cached: true, bytes: 1000 },
    { hop: 1, cached: true, bytes: 3000 },
  ],
}
const got: Result<'get'> = { ...read, link: `main.${name}`, output: '/out', files: 2, bytes: 4000, reusedBytes: 0 }
const opened: OpenedStream = {
  link: `posts.${name}`,
  label: 'posts',
  visibility: 'public',
  logs: [{ log: 'l', length: 14, bytes: 100, closed: false, forked: false }],
  length: 14,
  bytes: 100,
  kind: 'log',
  head,
  source: { hop: 1, cached: true },
}

function entry(sequence: number, text: string, more: Partial<LogEntry> = {}): LogEntry {
  const bytes = new TextEncoder().encode(text)
  return { sequence, log: 'l', timeMs: head.timeMs, length: bytes.length, bytes, long: false, ...more }
}

async function withFake(handlers: Partial<Handlers>, use: (node: FakeNode) => Promise<void>): Promise<void> {
  const node = await openFakeNode(handlers)
  try {
    await use(node)
  } finally {
    await node.close()
  }
}

const test = suite('commands that read')

test('get says what it wrote, who served it, how old the head is, and that all was verified', () =>
  withFake({ get: async ({ output }) => ({ ...got, output }) }, async ({ home }) => {
    const { code, stdout, stderr } = await command(['get', `main.${name}`, '-o', '/tmp/x/out'], { home })
    assert.is(code, 0, stderr)
    assert.match(stdout, /^\/tmp\/x\/out: 2 files, 4\.00 kB, in .* s \(.*\/s\), all verified$/m)
    assert.match(stdout, /^from: own cache 1\.00 kB \(25 %\), hop 1 3\.00 kB \(75 %\)$/m)
    assert.match(stdout, /^head: 12 s old$/m)
    assert.is(stderr, '')
  }))

test('get says what was there already, and no speed when that was all', async () => {
  let reusedBytes = 1500
  await withFake({ get: async () => ({ ...got, reusedBytes }) }, async ({ home }) => {
    const get = async () => (await command(['get', name, '-o', '/out'], { home })).stdout
    assert.match(
      await get(),
      /^\/out: 2 files, 4\.00 kB, 1\.50 kB of it there already, in .* s \(.*\/s\), all verified$/m,
    )
    reusedBytes = 4000
    assert.match(await get(), /^\/out: 2 files, 4\.00 kB, all of it there already, in [^(]* s, all verified$/m)
  })
})

test('metrics prints the text as it is, and with --json inside one object', () => {
  const text = '# HELP x X.\n# TYPE x gauge\nx 1\n'
  return withFake({ metrics: async () => ({ text }) }, async ({ home }) => {
    const plain = await command(['metrics'], { home })
    assert.equal([plain.code, plain.stdout, plain.stderr], [0, text, ''])
    assert.equal(records((await command(['metrics', '--json'], { home })).stdout), [{ text }])
  })
})

test('get --json gives the result of the method as one object', () =>
  withFake({ get: async () => got }, async ({ home }) => {
    const { stdout, stderr } = await command(['get', `main.${name}`, '-o', '/out', '--json'], { home })
    assert.equal(records(stdout), [got])
    assert.is(stderr, '')
  }))

test('get warns when what it read is stale, and still ends with 0', () =>
  withFake({ get: async () => ({ ...got, stale: true, head: { ...head, stale: true } }) }, async ({ home }) => {
    const { code, stderr } = await command(['get', name, '-o', '/out'], { home })
    assert.is(code, 0)
    assert.match(stderr, 'warning: STALE: this is the state of 2023-11-14T22:13:20.000Z')
  }))

test('of a forked stream get, ls and tail give what there is, and then end with FORKED and 5', async () => {
  const forked = { ...head, forked: true }
  const handlers: Partial<Handlers> = {
    get: async () => ({ ...got, head: forked }),
    read: async (_, { item }) => {
      await item(new TextEncoder().encode('bytes'))
      return { ...read, head: forked }
    },
    list: async (_, { item }) => {
      await item({ name: 'a file', kind: 'file', mode: 0o644, bytes: 3 })
      return { count: 1, head: forked }
    },
    open: async () => opened,
    entries: async (_, { item }) => {
      await item(entry(0, 'an entry'))
      return { ...read, count: 1, head: forked }
    },
  }
  await withFake(handlers, async ({ home }) => {
    const commands: [string[], RegExp][] = [
      [['get', name, '-o', '/out'], /all verified/],
      [['get', name, '-o', '-'], /^bytes$/],
      [['ls', name], /a file/],
      [['tail', name], /an entry/],
    ]
    for (const [words, shown] of commands) {
      const { code, stdout, stderr } = await command(words, { home })
      assert.is(code, 5, words.join(' '))
      assert.match(stdout, shown)
      assert.match(stderr, 'runnel: FORKED: ')
    }
    const { code, stdout, stderr } = await command(['get', name, '-o', '/out', '--json'], { home })
    assert.is(code, 5)
    assert.equal(records(stdout), [{ ...got, head: forked }])
    assert.match(stderr, '"FORKED"')
  })
})

test('get passes the flags of reading on, and the output as an absolute path', async () => {
  const seen: Params<'get'>[] = []
  const handlers: Partial<Handlers> = {
    get: async (params) => {
      seen.push(params)
      return got
    },
  }
  await withFake(handlers, async ({ home }) => {
    await command(['get', name, '-o', 'copy'], { home, cwd: '/tmp' })
    await command(['get', name, '-o', 'copy', '--max-age', '1m', '--no-stale', '--timeout', '2.5'], {
      home,
      cwd: '/tmp',
    })
    const env = { RUNNEL_MAX_AGE: '0', RUNNEL_STALE: 'false', RUNNEL_TIMEOUT: '1' }
    await command(['get', `@alice/a b/c`, '--output', '/x', '--stale'], { home, env })
    writeFileSync(join(home, 'config.toml'), 'max-age = 7\n')
    await command(['get', name, '-o', '/x'], { home })
  })
  assert.equal(seen, [
    { link: name, output: '/tmp/copy' },
    { link: name, output: '/tmp/copy', maxAgeS: 60, refuseStale: true, idleTimeoutMs: 2500 },
    { link: '@alice/a b/c', output: '/x', maxAgeS: 0, idleTimeoutMs: 1000 },
    { link: name, output: '/x', maxAgeS: 7 },
  ])
})

test('get without an output writes to the last part of the path, the name of the site, or the label', async () => {
  const outputs: string[] = []
  let site: LogEntry['site'] | undefined
  const handlers: Partial<Handlers> = {
    open: async () => ({ ...opened, kind: 'site' }),
    entry: async () => ({
      entry: entry(13, '', site === undefined ? {} : { site }),
      source: opened.source,
      head,
    }),
    get: async ({ output }) => {
      outputs.push(output)
      return got
    },
  }
  const folder = mkdtempSync(join(tmpdir(), 'get-'))
  const published = { files: 1, bytes: 1, added: 0, changed: 0, removed: 0 }
  await withFake(handlers, async ({ home }) => {
    const get = (link: string) => command(['get', link], { home, cwd: folder })
    await get(`${name}/docs/index.html`)
    await get(`${name}/docs/`)
    site = { ...published, name: 'my site' }
    await get(name)
    for (const evil of ['../../etc/passwd', '.bashrc', '..', 'a\u001b[2Jb', '']) {
      site = { ...published, name: evil }
      await get(name)
    }
  })
  assert.equal(
    outputs.map((output) => output.slice(folder.length)),
    ['/index.html', '/docs', '/my site', '/posts', '/posts', '/posts', '/posts', '/posts'],
  )
  rmSync(folder, { recursive: true })
})

test('get -o - writes the bytes alone to standard output, and says the rest on standard error', async () => {
  const bytes = new Uint8Array(300_000).map((_, index) => index * 7)
  const handlers: Partial<Handlers> = {
    read: async (_, call) => {
      for (let at = 0; at < bytes.length; at += 100_000) await call.item(bytes.subarray(at, at + 100_000))
      return read
    },
  }
  const folder = mkdtempSync(join(tmpdir(), 'get-'))
  await withFake(handlers, async ({ home }) => {
    const child = startCommand(['get', `${name}/file`, '-o', '-'], { home })
    const chunks: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
    const { code, stderr } = await ended(child)
    assert.is(code, 0)
    assert.ok(Buffer.concat(chunks).equals(bytes))
    assert.match(stderr, 'all verified')
    const json = await command(['get', `${name}/file`, '-o', '-', '--json'], { home })
    assert.equal(records(json.stderr), [{ link: `${name}/file`, output: '-', ...read }])
  })
  rmSync(folder, { recursive: true })
})

test('get -o - ends quietly when its reader has enough', async () => {
  const handlers: Partial<Handlers> = {
    read: async (_, call) => {
      for (;;) await call.item(new Uint8Array(65_536))
    },
  }
  await withFake(handlers, async ({ home }) => {
    const child = startCommand(['get', name, '-o', '-'], { home })
    child.stdout?.once('data', () => child.stdout?.destroy())
    const { code, stderr } = await ended(child)
    assert.is(code, 0)
    assert.is(stderr, '')
  })
})

test('an interrupt cancels the call at the node, and ends with 130', async () => {
  const started = deferred()
  const cancelled = deferred()
  const handlers: Partial<Handlers> = {
    get: (_, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          cancelled.resolve()
          reject(signal.reason)
        })
        started.resolve()
      }),
  }
  await withFake(handlers, async ({ home }) => {
    const child = startCommand(['get', name, '-o', '/x'], { home })
    const end = ended(child)
    await started.promise
    child.kill('SIGINT')
    await cancelled.promise
    const { code, stderr } = await end
    assert.is(code, 130)
    assert.match(stderr, 'runnel: ABORTED: interrupted')
  })
})

test('progress is told as asked, and not at all in a pipe', async () => {
  const handlers: Partial<Handlers> = {
    get: async (_, call) => {
      call.progress({ files: 1, bytes: 1500, totalFiles: 2, totalBytes: 4000, sources: [], path: 'a' })
      return got
    },
  }
  await withFake(handlers, async ({ home }) => {
    const get = (...flags: string[]) => command(['get', name, '-o', '/x', ...flags], { home })
    assert.is((await get()).stderr, '')
    assert.is((await get('--progress', 'none')).stderr, '')
    assert.is((await get('--progress', 'plain')).stderr, 'got 1 of 2 files, 1.50 kB of 4.00 kB\n')
    const report = { files: 1, bytes: 1500, totalFiles: 2, totalBytes: 4000, sources: [], path: 'a' }
    assert.equal(records((await get('--progress', 'json')).stderr), [{ progress: report }])
    const wrong = await get('--progress', 'loud')
    assert.is(wrong.code, 2)
    assert.match(wrong.stderr, 'must be one of auto, plain, json, none')
  })
})

test('ls lists a line an item, without what a terminal would obey', async () => {
  const handlers: Partial<Handlers> = {
    list: async (_, call) => {
      await call.item({ name: 'docs', kind: 'directory', mode: 0o755, bytes: 0 })
      await call.item({ name: 'a\u001b[31m', kind: 'file', mode: 0o644, bytes: 1234 })
      await call.item({ name: 'link', kind: 'symlink', mode: 0o777, bytes: 0, target: 'do\ncs' })
      return { count: 3, head }
    },
  }
  await withFake(handlers, async ({ home }) => {
    const { stdout } = await command(['ls', name], { home })
    assert.equal(stdout.split('\n'), [
      'drwxr-xr-x                docs/',
      '-rw-r--r--          1234  a\\u001b[31m',
      'lrwxrwxrwx                link -> do\\ncs',
      '',
    ])
    const json = records((await command(['ls', name, '--json'], { home })).stdout)
    assert.equal(json[1], { name: 'a\u001b[31m', kind: 'file', mode: 0o644, bytes: 1234 })
  })
})

test('tail prints the last ten entries, one a line, or those from a sequence', async () => {
  const asked: unknown[] = []
  const handlers: Partial<Handlers> = {
    entries: async ({ from, last = 0 }, call) => {
      const first = typeof from === 'number' ? from : 14 - last
      asked.push(first)
      for (let sequence = first; sequence < 14; sequence += 1) await call.item(entry(sequence, `line ${sequence}`))
      return { ...read, count: 14 - first }
    },
  }
  await withFake(handlers, async ({ home }) => {
    const last = await command(['tail', `posts.${name}`], { home })
    assert.is(last.stdout.split('\n').length, 11)
    assert.ok(last.stdout.startsWith('line 4\n'))
    const from = await command(['tail', `posts.${name}`, '--from', '12'], { home })
    assert.is(from.stdout, 'line 12\nline 13\n')
    assert.equal(asked, [4, 12])
    for (const bad of ['-1', 'x', '1.5', '99999999999999999999']) {
      assert.is((await command(['tail', name, `--from=${bad}`], { home })).code, 2)
    }
  })
})

test('tail prints entries as they are, long ones whole, and what a publishing changed', async () => {
  const handlers: Partial<Handlers> = {
    entries: async (_, call) => {
      await call.item({ ...entry(0, ''), bytes: Uint8Array.of(0xff, 0x1b, 0x00) })
      await call.item({ ...entry(1, ''), long: true, length: 6 })
      await call.item(
        entry(2, '', {
          long: true,
          site: { files: 2, bytes: 10, added: 1, changed: 0, removed: 3, name: 'si\u001bte' },
        }),
      )
      return { ...read, count: 3 }
    },
    readEntry: async ({ sequence }, call) => {
      assert.is(sequence, 1)
      await call.item(new TextEncoder().encode('abc'))
      await call.item(new TextEncoder().encode('def'))
      return read
    },
  }
  await withFake(handlers, async ({ home }) => {
    const { stdout } = await command(['tail', name, '--from', '0'], { home })
    const lines = stdout.split('\n')
    assert.is(lines[0]?.slice(-2), '\u001b\u0000')
    assert.is(lines[1], 'abcdef')
    assert.is(lines[2], '2  2023-11-14T22:13:20.000Z  si\\u001bte: 2 files, 10 B; 1 added, 0 changed, 3 removed')
    const [first, second, third] = records((await command(['tail', name, '--from', '0', '--json'], { home })).stdout)
    assert.is(first?.base64, Buffer.of(0xff, 0x1b, 0x00).toString('base64'))
    assert.is(second?.long, true)
    assert.is('bytes' in (third ?? {}), false)
    assert.equal(third?.site, { files: 2, bytes: 10, added: 1, changed: 0, removed: 3, name: 'si\u001bte' })
  })
})

test('an error of the node is told with its code, its hint and who was asked, and gives the exit code of its kind', async () => {
  const handlers: Partial<Handlers> = {
    get: async () => {
      throw new RunnelError('NO_HOLDER', 'nobody has \u001b[1mit', {
        details: { asked: [{ neighbour: 'k1', answer: 'not found\u0007' }] },
      })
    },
  }
  await withFake(handlers, async ({ home }) => {
    const { code, stdout, stderr } = await command(['get', name, '-o', '/x'], { home })
    assert.is(code, 3)
    assert.is(stdout, '')
    const [first, second, third] = stderr.split('\n')
    assert.is(first, 'runnel: NO_HOLDER: nobody has \\u001b[1mit')
    assert.is(second, 'asked: neighbour k1, answer not found\\u0007')
    assert.ok(third?.startsWith('hint: '))
    const json = await command(['get', name, '-o', '/x', '--json'], { home })
    assert.is(json.code, 3)
    const [record] = records(json.stderr) as { error: { code: string } }[]
    assert.is(record?.error.code, 'NO_HOLDER')
  })
})

test('every exit code comes out of the command', async () => {
  const codes = ['INTERNAL', 'BAD_NAME', 'NOT_FOUND', 'TIMEOUT', 'FORKED', 'DISK_FULL', 'TOO_LARGE'] as const
  let at = 0
  const handlers: Partial<Handlers> = {
    get: async () => {
      throw new RunnelError(codes[at] ?? 'INTERNAL')
    },
  }
  const exits: (number | null)[] = []
  await withFake(handlers, async ({ home }) => {
    for (; at < codes.length; at += 1) exits.push((await command(['get', name, '-o', '/x'], { home })).code)
  })
  assert.equal(exits, [1, 2, 3, 4, 5, 7, 8])
})

test('without a node it is NO_NODE, exit code 6', async () => {
  const { code, stderr } = await command(['get', name, '-o', '/x'], { home: '/nonexistent' })
  assert.is(code, 6)
  assert.match(stderr, 'runnel: NO_NODE: no node answers at /nonexistent/runnel.sock\nhint: Start one with')
})

test('a node that dies in the middle is NO_NODE too', async () => {
  const node = await openFakeNode({
    get: async () => {
      void node.server.close()
      return new Promise(() => {})
    },
  })
  const { code, stderr } = await command(['get', name, '-o', '/x'], { home: node.home })
  assert.is(code, 6)
  assert.match(stderr, 'the node ended the connection')
  rmSync(node.home, { recursive: true })
})

test('a configuration that is wrong is told before anything is asked', () =>
  withFake({}, async ({ home }) => {
    writeFileSync(join(home, 'config.toml'), 'max_age = 5\n')
    const { code, stderr } = await command(['get', name, '-o', '/x'], { home })
    assert.is(code, 2)
    assert.match(stderr, /BAD_CONFIG: .*config\.toml:1: there is no key max_age; did you mean max-age\?/)
    assert.is(readFileSync(join(home, 'config.toml'), 'utf8'), 'max_age = 5\n')
  }))

test.run()
