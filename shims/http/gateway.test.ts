// The gateway over a real node: what is published, as browsers and curl ask for it, and what nobody should get.

import { execFile } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../test/lab/until.js'
import { type Answer, inGateway, strangersName } from '../../test/shims/gateway.js'
import { openHttpGateway } from './index.js'

const test = suite('http gateway')
const text = 'the quick brown fox\n'
const big = Uint8Array.from({ length: 300_000 }, (_, at) => (at * at) % 251)

test('a file is given whole, with its type, its tag, its age and where it came from', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'a.txt': text, 'big.bin': big })
    const { status, headers, body } = await lab.ask('/a.txt')
    assert.is(status, 200)
    assert.is(body.toString(), text)
    assert.is(headers['content-type'], 'text/plain; charset=utf-8')
    assert.is(headers['content-length'], String(text.length))
    assert.match(headers.etag ?? '', /^"[\w-]{43}"$/)
    assert.is(headers['x-runnel-source'], 'hop=0; verified')
    const age = Number(headers.age)
    assert.is(headers['cache-control'], `max-age=${age + 60}, must-revalidate`)
    assert.ok(Math.abs(Date.parse(headers['last-modified'] ?? '') - Date.now()) < 60_000)
    assert.equal(new Uint8Array((await lab.ask('/big.bin')).body), big)
    const head = await lab.ask('/big.bin', { method: 'HEAD' })
    assert.is(head.headers['content-length'], String(big.length))
    assert.is(head.body.length, 0)
  }))

test('every answer says what a page may do: its own origin, and nothing else', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'index.html': '<p>' })
    for (const path of ['/', '/missing']) {
      const { headers } = await lab.ask(path)
      assert.match(policyOf(headers), /^default-src '(self' data: blob:|none')/)
      assert.not.match(policyOf(headers).replaceAll(`http://${lab.host()} http://*.${lab.host()}`, ''), /https?:|\*/)
      assert.is(headers['x-content-type-options'], 'nosniff')
      assert.is(headers['referrer-policy'], 'no-referrer')
      assert.is(headers['cross-origin-resource-policy'], 'same-origin')
      assert.is(headers['cross-origin-opener-policy'], 'same-origin')
      assert.is(headers['origin-agent-cluster'], '?1')
      assert.is(headers['access-control-allow-origin'], undefined)
    }
  }))

test('a site that the user named may load from elsewhere, and no other', () =>
  inGateway(
    async (lab) => {
      await lab.publish({ 'index.html': '<p>' })
      await lab.publish({ 'index.html': '<p>' }, 'other')
      assert.match(policyOf((await lab.ask('/')).headers), /default-src 'self' https:/)
      const other = await lab.ask('/', { host: lab.host('other') })
      assert.not.match(policyOf(other.headers), /https:/)
    },
    { wide: (name) => [name] },
  ))

test('ranges: one, several, none that fits, and only while the file is the same', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'a.bin': big, 'empty.txt': '' })
    const range = (value: string, headers: Record<string, string> = {}) => {
      return lab.ask('/a.bin', { headers: { range: value, ...headers } })
    }
    const one = await range('bytes=61000-64999')
    assert.is(one.status, 206)
    assert.is(one.headers['content-range'], 'bytes 61000-64999/300000')
    assert.equal(new Uint8Array(one.body), big.slice(61_000, 65_000))
    const several = await range('bytes=0-9,-5')
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(several.headers['content-type'] ?? '')?.[1] ?? ''
    assert.is(several.headers['content-length'], String(several.body.length))
    const parts = several.body.toString('latin1').split(`--${boundary}`)
    assert.is(parts.length, 4)
    assert.ok(parts[1]?.endsWith(`bytes 0-9/300000\r\n\r\n${Buffer.from(big.slice(0, 10)).toString('latin1')}\r\n`))
    assert.ok(
      parts[2]?.endsWith(`bytes 299995-299999/300000\r\n\r\n${Buffer.from(big.slice(-5)).toString('latin1')}\r\n`),
    )
    assert.is(parts[3], '--\r\n')
    const beyond = await range('bytes=300000-')
    assert.is(beyond.status, 416)
    assert.is(beyond.headers['content-range'], 'bytes */300000')
    const etag = one.headers.etag ?? ''
    assert.is((await range('bytes=0-0', { 'if-range': etag })).status, 206)
    assert.is((await range('bytes=0-0', { 'if-range': '"other"' })).body.length, big.length)
    assert.is((await lab.ask('/a.bin', { method: 'HEAD', headers: { range: 'bytes=0-0' } })).status, 200)
    assert.is((await lab.ask('/empty.txt', { headers: { range: 'bytes=0-' } })).status, 416)
    assert.is((await lab.ask('/empty.txt')).body.length, 0)
  }))

test('who has it already is told so, and the tag follows the bytes and not the time', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'a.txt': text, 'b.txt': 'b' })
    const etag = (await lab.ask('/a.txt')).headers.etag ?? ''
    const same = await lab.ask('/a.txt', { headers: { 'if-none-match': etag } })
    assert.is(same.status, 304)
    assert.is(same.body.length, 0)
    assert.is(same.headers.etag, etag)
    assert.is((await lab.ask('/a.txt', { headers: { 'if-match': '"other"' } })).status, 412)
    await lab.publish({ 'a.txt': text, 'b.txt': 'changed' })
    assert.is((await lab.ask('/a.txt', { headers: { 'if-none-match': etag } })).status, 304)
    await lab.publish({ 'a.txt': 'changed' })
    assert.is((await lab.ask('/a.txt', { headers: { 'if-none-match': etag } })).text, 'changed')
  }))

test('a folder is its index, else a list in which no name gets out of its place', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'with/index.html': 'index', 'without/<b>&".txt': '1', 'without/javascript:x': '2', l: '→with' })
    const bare = await lab.ask('/with?x=1')
    assert.is(bare.status, 307)
    assert.is(bare.headers.location, '/with/?x=1')
    assert.is((await lab.ask('/with/')).text, 'index')
    assert.is((await lab.ask('/l/')).text, 'index')
    const { status, text: list, headers } = await lab.ask('/without/')
    assert.is(status, 200)
    assert.match(list, '<a href="./%3Cb%3E%26%22.txt">&lt;b&gt;&amp;&quot;.txt</a>')
    assert.match(list, '<a href="./javascript%3Ax">')
    assert.match(policyOf(headers), "default-src 'none'")
    assert.is((await lab.ask('/without/%3Cb%3E%26%22.txt')).text, '1')
    assert.is((await lab.ask('/', { method: 'HEAD' })).status, 200)
  }))

test('what is not there is the page of the site where it has one, and 404', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'a.txt': text })
    const ours = await lab.ask('/b', { headers: { accept: 'text/html' } })
    assert.is(ours.status, 404)
    assert.match(ours.text, 'NOT_FOUND')
    for (const path of ['/a.txt/', '/a.txt/b']) assert.is((await lab.ask(path)).status, 404, path)
    await lab.publish({ '404.html': 'not here' })
    const { status, text: page } = await lab.ask('/b', { headers: { range: 'bytes=0-1', 'if-none-match': '*' } })
    assert.is(status, 404)
    assert.is(page, 'not here')
    const json = await lab.ask('/', { host: lab.host('unknown'), headers: { accept: 'application/json' } })
    assert.is(json.status, 404)
    assert.is(JSON.parse(json.text).code, 'UNKNOWN_LABEL')
  }))

test('a symlink leads to another place of the site, and nowhere else', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'a/b.txt': text, 'a/up': '→../c.txt', 'c.txt': 'c', gone: '→missing', loop: '→loop' })
    assert.is((await lab.ask('/a/up')).text, 'c')
    assert.is((await lab.ask('/gone')).status, 404)
    assert.is((await lab.ask('/loop')).status, 404)
  }))

test('a typing error is found without a question, and shown where it is', () =>
  inGateway(async (lab) => {
    const wrong = lab.name.replace(/^(.{10})./, (_, before) => `${before}${lab.name[10] === 'q' ? 'r' : 'q'}`)
    const before = (await lab.client.status()).counters
    const { status, text: page } = await lab.ask('/', {
      host: `${wrong}.key.localhost`,
      headers: { accept: 'text/html' },
    })
    assert.is(status, 400)
    assert.match(page, `at letter 11: <a href="http://${lab.name}.key.localhost/">`)
    assert.is((await lab.client.status()).counters.forwarded, before.forwarded)
    assert.is((await lab.ask('/', { host: 'nobody.key.localhost' })).status, 400)
  }))

test('one stream has one address: a petname and the label main lead to it', () =>
  inGateway(async (lab) => {
    await lab.client.setPetname('Alice', lab.name)
    const petname = await lab.ask('/a?b', { host: 'posts.alice.key.localhost:1' })
    assert.is(petname.status, 307)
    assert.is(petname.headers.location, `http://posts.${lab.name}.key.localhost:1/a?b`)
    const main = await lab.ask('/', { host: `main.${lab.name}.key` })
    assert.is(main.headers.location, `http://${lab.name}.key/`)
  }))

test('an unlisted stream is not shown without its secret', () =>
  inGateway(async (lab) => {
    const own = await lab.client.createStream({ label: 'hidden', visibility: 'unlisted' })
    await own.append('secret words')
    const byLabel = await lab.ask('/', { host: lab.host('hidden') })
    assert.is(byLabel.status, 404)
    const byLog = await lab.ask('/', { host: `${own.log}.key.localhost` })
    assert.is(byLog.status, 403)
    assert.match(byLog.text, 'SECRET_NEEDED')
    assert.not.match(byLabel.text + byLog.text, 'secret words')
  }))

test('a name that nobody holds is 504, and says so', () =>
  inGateway(async (lab) => {
    const stranger = await strangersName()
    const { status, text: body } = await lab.ask('/', { host: `${stranger}.key.localhost` })
    assert.is(status, 504)
    assert.match(body, /^(NO_HOLDER|NETWORK_DOWN)/)
  }))

test('a second gateway on the same address says that it is taken, in the status too', () =>
  inGateway(async (lab) => {
    const options = { client: lab.client, suffixes: ['key'], listen: [lab.gateway.listening[0] ?? ''] }
    const second = await openHttpGateway(options)
    assert.equal(second.listening, [])
    assert.match(second.problems[0] ?? '', /is taken by another program$/)
    lab.node.attach(second)
    const status = await lab.client.status()
    assert.equal(
      status.servers.map(({ listening }) => listening.length),
      [1, 0],
    )
    assert.is(status.warnings.filter(({ code }) => code === 'RUNNEL-W-SERVER').length, 1)
    await second.close()
    // Twice the same place stands for the two families of one port.
    const both = await openHttpGateway({ ...options, listen: [...options.listen, ...options.listen] })
    assert.is(both.problems.length, 1)
    assert.match(both.problems[0] ?? '', / and .* are taken by another program$/)
    await both.close()
    const wrong = await openHttpGateway({ ...options, listen: ['nowhere'] }).catch((error) => error)
    assert.is(wrong.code, 'BAD_ARGUMENT')
  }))

test('answers are counted by status, and shown with the metrics of the node', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'a.txt': text })
    for (const path of ['/a.txt', '/b.txt', '/../x']) await lab.ask(path)
    await until('all are counted', async () => [...lab.gateway.answers.values()].reduce((a, b) => a + b) === 3)
    const metrics = await lab.client.metrics()
    for (const status of [200, 404, 400]) assert.match(metrics, `runnel_http_requests_total{status="${status}"} 1`)
    assert.match(metrics, 'runnel_http_requests_total{status="504"} 0')
  }))

test('curl reads it', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'a.txt': text, 'big.bin': big })
    const place = `${lab.host()}:127.0.0.1`.replace(/:(\d+):/, ':$1:')
    const curl = (path: string, ...words: string[]) => {
      const args = ['-sS', '--resolve', place, ...words, `http://${lab.host()}${path}`]
      return new Promise<Buffer>((resolve, reject) => {
        execFile('curl', args, { encoding: 'buffer' }, (error, stdout) => (error ? reject(error) : resolve(stdout)))
      })
    }
    assert.is((await curl('/a.txt')).toString(), text)
    assert.equal(new Uint8Array(await curl('/big.bin', '-r', '100-')), big.slice(100))
    assert.is(
      (await curl('/a.txt', '-o', '/dev/null', '-w', '%{http_code}', '-z', '1 Jan 2035 00:00:00 GMT')).toString(),
      '304',
    )
  }))

test.run()

function policyOf(headers: Answer['headers']): string {
  return String(headers['content-security-policy'])
}
