// What nobody should get from the gateway, and what must not disturb it: strange hosts, paths, methods and bytes.

import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../test/lab/until.js'
import { inGateway } from '../../test/shims/gateway.js'
import { maxHeadBytes, maxTargetCharacters } from './limits.js'

const test = suite('hostile requests')
const text = 'the quick brown fox\n'

test('paths that mean another place are refused before anybody is asked', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'a.txt': text })
    for (const path of ['/../a.txt', '/%2e%2e/a.txt', '/./a.txt', '//a.txt', '/a%2ftxt', '/%00', '/%ff', '/%c0%ae/'])
      assert.is((await lab.ask(path)).status, 400, path)
    assert.is((await lab.ask(`/${'a'.repeat(maxTargetCharacters)}`)).status, 414)
    assert.is((await lab.ask(`/${'a'.repeat(256)}`)).status, 400)
  }))

test('a host that is not below the suffix is refused, whatever it looks like', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'index.html': 'x' })
    for (const host of ['127.0.0.1', 'localhost', 'evil.example', `${lab.name}.key.localhost.evil.example`])
      assert.is((await lab.ask('/', { host })).status, 421, host)
    assert.is((await lab.ask('/', { host: `${lab.name}.key` })).text, 'x')
    assert.match((await lab.ask('/', { host: 'key.localhost' })).text, 'LABEL.NAME')
    assert.is((await lab.ask(`http://${lab.host()}/`)).text, 'x')
    assert.is((await lab.ask('http://evil.example/')).status, 400)
  }))

test('a page of another origin makes no browser look here for what it wants to know', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'a.txt': text })
    const from = (site: string, mode: string, dest: string) => {
      const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest }
      return lab.ask('/a.txt', { headers }).then(({ status }) => status)
    }
    assert.is(await from('cross-site', 'no-cors', 'image'), 403)
    assert.is(await from('same-site', 'cors', 'empty'), 403)
    assert.is(await from('cross-site', 'navigate', 'iframe'), 403)
    assert.is(await from('cross-site', 'navigate', 'document'), 200)
    assert.is(await from('same-origin', 'cors', 'empty'), 200)
    assert.is(await from('none', 'navigate', 'document'), 200)
  }))

test('a cookie, which a page of any name could have left for all others, is forgotten', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'index.html': 'x' })
    for (const path of ['/', '/nowhere']) {
      assert.is((await lab.ask(path)).headers['clear-site-data'], undefined)
      const { headers } = await lab.ask(path, { headers: { cookie: 'who=123' } })
      assert.is(headers['clear-site-data'], '"cookies"')
    }
    const many = `GET / HTTP/1.1\r\nHost: ${lab.host()}\r\nCookie: ${'a=b; '.repeat(maxHeadBytes / 5)}\r\n\r\n`
    assert.match(await lab.raw(many), /^HTTP\/1\.1 431 [\s\S]*\r\nClear-Site-Data: "cookies"\r\n/)
  }))

test('nothing but reading is allowed', () =>
  inGateway(async (lab) => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND']) {
      const { status, headers } = await lab.ask('/', { method })
      assert.is(status, 405, method)
      assert.is(headers.allow, 'GET, HEAD')
    }
  }))

test('a request that two readers could understand in two ways is refused', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'index.html': 'x' })
    const host = `Host: ${lab.host()}\r\n`
    for (const bad of [
      `GET / HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}Content-Length: +1\r\n\r\n`,
      `GET / HTTP/1.1\r\n\r\n`,
      `GET / HTTP/1.1\r\n${host}X: a\nb\r\n\r\n`,
      `\x16\x03\x01\x00\xa5\x01\x00\x00\xa1`,
    ]) {
      assert.match(await lab.raw(bad), /^HTTP\/1\.1 400 /, JSON.stringify(bad))
    }
    const head = `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(maxHeadBytes)}\r\n\r\n`
    assert.match(await lab.raw(head), /^HTTP\/1\.1 431 /)
    assert.is(lab.gateway.answers.get('431'), 1)
    assert.is((await lab.ask('/')).text, 'x')
  }))

test('what follows the body of a request is never taken for another request', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'index.html': 'x' })
    const smuggled = `GET /smuggled HTTP/1.1\r\nHost: ${lab.host()}\r\n\r\n`
    const said = await lab.raw(
      `GET / HTTP/1.1\r\nHost: ${lab.host()}\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}${smuggled}`,
    )
    assert.is(said.match(/HTTP\/1\.1 /g)?.length, 1)
    assert.match(said, /^Connection: close/m)
  }))

test('a reader that goes away in the middle leaves nothing behind', () =>
  inGateway(async (lab) => {
    await lab.publish({ 'big.bin': new Uint8Array(8_000_000) })
    const socket = connectSocket(lab.port, '127.0.0.1')
    socket.write(`GET /big.bin HTTP/1.1\r\nHost: ${lab.host()}\r\n\r\n`)
    await once(socket, 'data')
    socket.destroy()
    await until('its answer is counted', async () => lab.gateway.answers.get('200') === 1)
    assert.is((await lab.ask('/big.bin', { headers: { range: 'bytes=0-0' } })).status, 206)
  }))

test.run()
