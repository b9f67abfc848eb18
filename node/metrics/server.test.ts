// Metrics on a socket, as curl and a careless stranger of the same user meet it.

import { statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../../test/api/promises.js'
import { inDirectory } from '../../test/node/temporary.js'
import { maxRequestBytes, maxScrapers } from './limits.js'
import { MetricsServer } from './server.js'

const test = suite('metrics/server')

async function serving(use: (path: string) => Promise<void>): Promise<void> {
  await inDirectory(async (directory) => {
    const server = new MetricsServer(() => 'x 1\n')
    const path = join(directory, 'metrics.sock')
    await server.listen(path)
    try {
      await use(path)
    } finally {
      await server.close()
    }
  })
}

/** By the HTTP client of Node, which is strict. */
function ask(socketPath: string, path: string, method = 'GET') {
  return new Promise<{ status: number | undefined; body: string; headers: NodeJS.Dict<string | string[]> }>(
    (resolve, reject) => {
      const sent = request({ socketPath, path, method }, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => {
          body += text
        })
        response.on('end', () => resolve({ status: response.statusCode, body, headers: response.headers }))
      })
      sent.on('error', reject)
      sent.end()
    },
  )
}

/** Everything that is said to these bytes, until the end. */
function say(path: string, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let told = ''
    const socket = connect(path)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      told += text
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(told))
    socket.write(bytes)
  })
}

test('answers GET and HEAD of /metrics', () =>
  serving(async (path) => {
    const got = await ask(path, '/metrics')
    assert.equal([got.status, got.body], [200, 'x 1\n'])
    assert.is(got.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    const head = await ask(path, '/metrics', 'HEAD')
    assert.equal([head.status, head.body, head.headers['content-length']], [200, '', '4'])
  }))

test('another path is 404, another method 405 with what is allowed, nonsense 400', () =>
  serving(async (path) => {
    assert.is((await ask(path, '/')).status, 404)
    assert.is((await ask(path, '/metrics/', 'POST')).status, 404)
    const posted = await ask(path, '/metrics', 'POST')
    assert.equal([posted.status, posted.headers.allow], [405, 'GET, HEAD'])
    assert.match(await say(path, '\u0000\u0001\r\n\r\n'), /^HTTP\/1\.1 400 /)
    assert.match(await say(path, 'x'.repeat(3 * maxRequestBytes)), /^HTTP\/1\.1 400 /)
  }))

test('a request may come in pieces, and whoever leaves in the midst of it disturbs nobody', () =>
  serving(async (path) => {
    const socket = connect(path)
    const told = new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(bytes.toString())))
    for (const piece of ['GET /met', 'rics HTTP/1.1\r\n', '\r', '\n']) {
      await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
    }
    assert.match(await told, /^HTTP\/1\.1 200 /)
    socket.destroy()
    const leaver = connect(path)
    await new Promise<void>((resolve) => leaver.write('GET /', () => resolve()))
    leaver.destroy()
    assert.is((await ask(path, '/metrics')).status, 200)
  }))

test(`serves ${maxScrapers} at once and turns the next one away`, () =>
  serving(async (path) => {
    const waiting = Array.from({ length: maxScrapers }, () => connect(path))
    await Promise.all(waiting.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    assert.is(await say(path, 'GET /metrics HTTP/1.1\r\n\r\n'), '')
    const [first] = waiting
    const closed = new Promise((resolve) => first?.once('close', resolve))
    first?.resume().end('GET /metrics HTTP/1.1\r\n\r\n')
    await closed
    assert.is((await ask(path, '/metrics')).status, 200)
    for (const socket of waiting) socket.destroy()
  }))

test('is for its owner alone, takes the place of what a dead node left, and is gone at the end', () =>
  inDirectory(async (directory) => {
    const path = join(directory, 'metrics.sock')
    writeFileSync(path, '')
    const server = new MetricsServer(() => '')
    await server.listen(path)
    assert.is(statSync(path).mode & 0o777, 0o600)
    const held = connect(path)
    const ended = new Promise((resolve) => held.once('close', resolve))
    held.on('error', () => {})
    await new Promise((resolve) => held.once('connect', resolve))
    await server.close()
    await ended
    assert.throws(() => statSync(path), /ENOENT/)
    await server.close()
  }))

test('is IO where it cannot be bound', async () => {
  await failure(new MetricsServer(() => '').listen('/nonexistent/metrics.sock'), 'IO')
  await failure(new MetricsServer(() => '').listen(`/tmp/${'x'.repeat(120)}`), 'IO')
})

test.run()
