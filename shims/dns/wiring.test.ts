// What systemd-resolved is told of our interface, where it runs, and nothing where it does not.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fixOf, wireLink } from './wiring.js'

const test = suite('dns wiring')
const link = { name: 'tun7', address: '2001:21::53' }

/** Runs with a `resolvectl` that writes down what it is told and ends with this code; gives the lines. */
async function told(code: number, runs: boolean): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'resolved-'))
  const [lines, state] = [join(folder, 'lines'), join(folder, 'state')]
  const path = process.env.PATH
  try {
    writeFileSync(lines, '')
    if (runs) mkdirSync(state)
    writeFileSync(join(folder, 'resolvectl'), `#!/bin/sh\necho "$*" >> ${lines}\nexit ${code}\n`)
    chmodSync(join(folder, 'resolvectl'), 0o755)
    process.env.PATH = `${folder}${delimiter}${path}`
    await wireLink(link, 'key', state)
    return readFileSync(lines, 'utf8').split('\n').slice(0, -1)
  } finally {
    process.env.PATH = path
    rmSync(folder, { recursive: true, force: true })
  }
}

const expected = ['dns tun7 2001:21::53', 'domain tun7 ~key', 'default-route tun7 false']

test('systemd-resolved is told that the suffix is asked for on our interface, and nothing else', async () => {
  assert.equal(await told(0, true), expected)
})

test('what it refuses holds nothing up', async () => {
  assert.equal(await told(1, true), expected)
})

test('where it does not run nobody is told', async () => {
  assert.equal(await told(0, false), [])
})

test('the line to add fits whoever resolves names', () => {
  assert.match(fixOf('key', '[2001:21::53]:53', true), /DNS=\[2001:21::53\]:53.*Domains=~key/)
  assert.match(fixOf('key', '[2001:21::53]:53', false), /server=\/key\/2001:21::53#53.*nameserver 2001:21::53$/)
  assert.not.match(fixOf('key', '127.0.0.1:5354', false), /nameserver/, 'resolv.conf knows no ports')
})

test.run()
