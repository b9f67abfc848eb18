// Protocol 253 as a program in another language speaks it, by raw IPv6 packets: chunks from a stream's address, hop by hop and
// verified, and from a device that lets it in; and silence for whatever is no question.

import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { namesAddress } from '../../node/tunnel/own-interface.js'
import { concat, equal, toHex } from '../../stack/bytes/index.js'
import { addressOf, decodeText, formatAddress, streamAddressKey } from '../../stack/name/index.js'
import { root } from '../house/tree.js'
import { start, withPython } from '../interop/python.js'
import type { Host } from '../lab/lab.js'
import { networked } from '../lab/networked.js'
import { collect } from '../lab/runnel.js'
import { openLoopback, run, withInterface, withLabels } from '../lab/unmodified.js'
import { Village } from '../lab/village.js'
import { openTestCrypto } from '../provider.js'

const test = suite('network/stream-packets')
const it = withPython(test) === test ? networked(test) : test.skip
/** All of one byte, so the cutter leaves it whole. */
const fileBytes = 50_000

interface Asked {
  readonly code: number | null
  readonly bytes: Uint8Array
  readonly text: string
}

it('a raw socket has chunks from a stream address, and of a device only where a rule lets it in', async () => {
  const village = await Village.open(['a', 'b'], [], () => withLabels)
  try {
    const b = village.host('b')
    await openLoopback(b)
    await Promise.all(['a', 'b'].map((host) => village.up(host, [], withInterface)))
    mkdirSync(village.path('site'))
    writeFileSync(join(village.path('site'), 'big.bin'), new Uint8Array(fileBytes))
    const { name } = await village.json<{ name: string }>('a', ['publish', village.path('site')])
    const found = await village.client('b').caller.call('find', { link: `${name}/big.bin` })
    const chunk = toHex(found.file?.chunk ?? new Uint8Array(0))
    const [{ address: device } = { address: '' }] = (await village.client('b').addresses({ link: name })).addresses
    const stream = `main.${name}`

    const whole = await ask(b, stream, chunk)
    assert.is(whole.code, 0, whole.text)
    assert.ok(whole.bytes.length > fileBytes, 'the chunk is the file and its head')
    const parts = await ask(b, stream, chunk, '7000')
    assert.ok(equal(parts.bytes, whole.bytes))
    const nobody = await ask(b, stream, '00'.repeat(32))
    assert.match(nobody.text, /Nack 1/)

    // The same by the npm package raw-socket, where that is installed.
    const crypto = await openTestCrypto()
    const named = decodeText(crypto, name)
    const via = typeof named === 'string' ? new Uint8Array(0) : named.bytes
    const to = addressOf(crypto, 'stream', streamAddressKey(via, 'main'))
    // The system takes the nearest address for its own: that of names.
    const pair = toHex(concat(namesAddress, to))
    const asker = join(root, 'dist/test/lab/raw-asker.js')
    const ran = await run(b, process.execPath, [asker, formatAddress(to), pair, chunk, toHex(via)])
    if (ran.output === 'absent\n') console.log('left out: the npm package raw-socket is not installed')
    else assert.ok(ran.output === `${toHex(whole.bytes)}\n`, ran.output.slice(0, 300))

    // The other device hears it only when it is allowed, and answers in packets that every way bears.
    assert.match((await ask(b, stream, chunk, '1000', device)).text, /timed out/)
    const { name: guest } = await village.client('b').id()
    await village.client('a').caller.call('setRule', { action: 'allow', protocol: 'stream', from: guest })
    const allowed = await ask(b, stream, chunk, '1000', device)
    assert.is(allowed.code, 0, allowed.text)
    assert.ok(equal(allowed.bytes, whole.bytes))
    assert.match((await ask(b, stream, chunk, '0', device)).text, /Nack 7/)
    const { counters } = await village.client('b').status()
    assert.ok((counters['packets questions answered'] ?? 0) >= 1 + fileBytes / 7_000)
    assert.is(counters['packets questions refused'], 1)
  } finally {
    await village.close()
  }
})

it('what is no question has no answer, and is counted by its reason', async () => {
  const village = await Village.open(['a'])
  try {
    const a = village.host('a')
    await openLoopback(a)
    await village.up('a', [], withInterface)
    const child = start(a, 'spoil_packets.py', '2001:21::1')
    const said = collect(child.stdout)
    const errors = collect(child.stderr)
    const [code] = (await once(child, 'close')) as [number | null]
    assert.is(code, 0, errors())
    assert.is(said(), 'the only answer is to the question\n')
    const { counters } = await village.client('a').status()
    const counted = (what: string): number | undefined => counters[`packets questions ${what}`]
    assert.equal(
      ['checksum', 'truncated', 'too-long', 'dropped bad-version', 'dropped bad-count', 'dropped bad-flags'].map(
        counted,
      ),
      [1, 1, 1, 1, 1, 1],
    )
    assert.equal([counted('heard'), counted('asked'), counted('sent')], [4, 1, 1])
  } finally {
    await village.close()
  }
})

test.run()

/** Runs the program that asks. */
async function ask(host: Host, link: string, chunk: string, ...parts: string[]): Promise<Asked> {
  const child = start(host, 'ask_packet.py', link, chunk, ...parts)
  const [out, errors]: [Uint8Array[], Uint8Array[]] = [[], []]
  child.stdout?.on('data', (bytes: Uint8Array) => out.push(bytes))
  child.stderr?.on('data', (bytes: Uint8Array) => errors.push(bytes))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, bytes: new Uint8Array(Buffer.concat(out)), text: Buffer.concat(errors).toString() }
}
