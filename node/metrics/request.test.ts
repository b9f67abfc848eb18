// The head of a request: what scrapers send is read, and nothing else does any harm.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertCorpus } from '../../test/samples/decoders.js'
import { maxRequestBytes } from './limits.js'
import { decodeScrapeRequest } from './request.js'

const test = suite('metrics/request')

const decode = (text: string) => decodeScrapeRequest(Buffer.from(text, 'latin1'))
const curl = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n'

test('reads the method and the path of what curl and Prometheus send', () => {
  assert.equal(decode(curl), { method: 'GET', path: '/metrics' })
  assert.equal(decode('HEAD /metrics?collect[]=x HTTP/1.0\r\n\r\n'), { method: 'HEAD', path: '/metrics' })
  assert.equal(decode('GET http://localhost/metrics HTTP/1.1\r\n\r\n'), { method: 'GET', path: '/metrics' })
  assert.equal(decode('GET http://localhost HTTP/1.1\r\n\r\n'), { method: 'GET', path: '/' })
  assert.equal(decode('OPTIONS * HTTP/1.1\n\n'), { method: 'OPTIONS', path: '*' })
})

test('waits for the end of a head, and asks for nothing behind it', () => {
  for (let length = 0; length < curl.length; length += 1) assert.is(decode(curl.slice(0, length)), 'more', `${length}`)
  assert.equal(decode(`${curl}\u0000\u0001`), decode(curl))
})

test(`refuses a head that has not ended after ${maxRequestBytes} bytes`, () => {
  const long = `GET /metrics HTTP/1.1\r\nA: ${'x'.repeat(maxRequestBytes)}`
  assert.is(decode(long.slice(0, maxRequestBytes - 1)), 'more')
  assert.is(decode(long.slice(0, maxRequestBytes)), 'bad-request')
})

test('refuses what is no request', () => {
  const bad = [
    'GET /metrics',
    'GET  /metrics HTTP/1.1',
    'GET /metrics HTTP/2.0',
    ' GET / HTTP/1.1',
    'G\u00e9T / HTTP/1.1',
    '',
  ]
  for (const line of bad) assert.is(decode(`${line}\r\n\r\n`), 'bad-request', line)
  for (const field of ['Host', ': x', 'A : x', 'A: \u0000', ' folded']) {
    assert.is(decode(`GET /metrics HTTP/1.1\r\n${field}\r\n\r\n`), 'bad-request', field)
  }
})

test('throws for nothing, in whatever time', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2 * maxRequestBytes }), (bytes) => {
      const read = decodeScrapeRequest(bytes)
      assert.ok(read === 'more' || read === 'bad-request' || typeof read === 'object')
    }),
  )
  fc.assert(
    fc.property(fc.nat(curl.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = Buffer.from(curl)
      bytes[at] = (bytes[at] ?? 0) ^ change
      const read = decodeScrapeRequest(bytes)
      if (typeof read === 'object') assert.match(read.path, /^\S+$/)
    }),
  )
})

test('reads and refuses the corpus as its files are named', () => {
  assertCorpus('node/metrics/corpus/request', decodeScrapeRequest)
})

test.run()
