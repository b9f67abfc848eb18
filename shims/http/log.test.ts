// Logs over HTTP: lines, single entries, and following them across cuts, from this name's pages and from no other's.

import { connect as connectSocket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../test/lab/until.js'
import { type GatewayLab, inGateway, strangersName } from '../../test/shims/gateway.js'
import { maxFollowers, maxFollowersOfName } from './limits.js'

const test = suite('logs over http')

test('scripts of a name read its other streams, and those of another name do not', () =>
  inGateway(async (lab) => {
    const own = await lab.client.createStream({ label: 'posts' })
    await own.append('entry')
    const from = (origin: string) => {
      const headers = { origin, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
      return lab.ask('/', { host: lab.host('posts'), headers })
    }
    const page = `http://${lab.host()}`
    const kin = await from(page)
    assert.is(kin.text, 'entry\n')
    assert.is(kin.headers['access-control-allow-origin'], page)
    assert.match(
      String(kin.headers['content-security-policy']),
      `connect-src 'self' data: blob: ${page} http://*.${lab.host()};`,
    )
    for (const origin of [
      `http://${await strangersName()}.key.localhost:${lab.port}`,
      `https://${lab.host()}`,
      `http://${lab.host()}.evil.example`,
      `http://${lab.name}.key.localhost:1`,
      'null',
    ]) {
      const { status, headers } = await from(origin)
      assert.is(status, 403, origin)
      assert.is(headers['access-control-allow-origin'], undefined)
    }
  }))

test('a log is lines of text or of JSON, and each entry has an address', () =>
  inGateway(async (lab) => {
    const own = await lab.client.createStream({ label: 'posts' })
    for (const entry of ['one', 'two']) await own.append(entry)
    await own.append(Uint8Array.of(0xff))
    await own.append(new Uint8Array(100_000).fill(0x61))
    const host = lab.host('posts')
    const lines = await lab.ask('/?to=2', { host })
    assert.is(lines.text, 'one\ntwo\n')
    assert.is(lines.headers['content-type'], 'text/plain; charset=utf-8')
    const json = await lab.ask('/', { host, headers: { accept: 'application/x-ndjson' } })
    const records = json.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.equal(
      records.map(({ text: said, base64, long }) => said ?? base64 ?? long),
      ['one', 'two', '/w==', true],
    )
    assert.is((await lab.ask('/1', { host })).text, 'two')
    assert.is((await lab.ask('/2', { host })).headers['content-type'], 'application/octet-stream')
    assert.is((await lab.ask('/3', { host })).body.length, 100_000)
    assert.is((await lab.ask('/?last=1', { host })).body.length, 100_001)
    for (const [path, status] of [
      ['/4', 404],
      ['/x', 404],
      ['/?from=x', 400],
      ['/?from=0&last=1', 400],
    ] as const)
      assert.is((await lab.ask(path, { host })).status, status, path)
  }))

test('who follows a log gets each entry as it is written, and goes on where the connection was lost', () =>
  inGateway(async (lab) => {
    const own = await lab.client.createStream({ label: 'posts' })
    await own.append('before')
    const first = follow(lab, {})
    await until('it follows', async () => /^id: /m.test(first.said()))
    await own.append('one')
    await own.append('two')
    await until('both came', async () => first.texts().length === 2)
    assert.equal(first.texts(), ['one', 'two'])
    first.end()
    await own.append('three')
    const again = follow(lab, { 'last-event-id': first.ids()[1] ?? '' })
    await until('the rest came', async () => again.texts().length === 2)
    assert.equal(again.texts(), ['two', 'three'])
    again.end()
    const all = follow(lab, {}, '/?from=0')
    await until('all came', async () => all.texts().length === 4)
    all.end()
  }))

test('one name has a part of the places, whichever of its streams is asked; when all are taken nobody more is let in', () =>
  inGateway(async (lab) => {
    const own = await lab.client.createStream({ label: 'posts' })
    await own.append('entry')
    const { logs } = await lab.client.caller.call('open', { link: `posts.${lab.name}` })
    const others = `${logs[0]?.log}.key.localhost:${lab.port}`
    const accept = { accept: 'text/event-stream' }
    const followers: Follower[] = []
    const fill = async (host: string, count: number): Promise<void> => {
      for (let number = 0; number < count; number++) followers.push(follow(lab, {}, '/', host))
      await until('all follow', async () => followers.every((one) => one.said().includes('id: ')))
    }
    await fill(lab.host('posts'), maxFollowersOfName)
    assert.is((await lab.ask('/', { host: lab.host('posts'), headers: accept })).status, 503)
    assert.is((await lab.ask('/', { host: lab.host('else'), headers: accept })).status, 503)
    assert.is((await lab.ask('/', { host: lab.host('posts') })).text, 'entry\n')
    // A log is asked for by a key of its own.
    await fill(others, maxFollowers - maxFollowersOfName)
    const more = await lab.ask('/', { host: `${'a'.repeat(9)}.key.localhost:${lab.port}`, headers: accept })
    assert.is(more.status, 503)
    assert.is(more.headers['retry-after'], '1')
    assert.is((await lab.ask('/', { host: lab.host('posts') })).text, 'entry\n')
    for (const one of followers) one.end()
    await until('there is room again', async () => {
      const one = follow(lab, {})
      await until('it is answered', async () => one.said().includes('\r\n\r\n'))
      one.end()
      return one.said().startsWith('HTTP/1.1 200')
    })
  }))

test.run()

interface Follower {
  said(): string
  /** The ids of events, the first that of where it began. */
  ids(): string[]
  texts(): string[]
  end(): void
}

function follow(lab: GatewayLab, headers: Record<string, string>, path = '/', host = lab.host('posts')): Follower {
  const socket = connectSocket(lab.port, '127.0.0.1')
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\n${lines.join('')}\r\n`)
  let all = ''
  socket.on('data', (chunk) => {
    all += chunk
  })
  socket.on('error', () => {})
  const values = (field: string) =>
    [...all.matchAll(new RegExp(`^${field}: (.*)$`, 'gm'))].map(([, value = '']) => value)
  return {
    said: () => all,
    ids: () => values('id'),
    texts: () => values('data').flatMap((line) => JSON.parse(line).text ?? []),
    end: () => void socket.destroy(),
  }
}
