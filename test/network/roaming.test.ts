// Packets of devices that can reach each other without the router: they go directly, and go on when the router is off and
// when the address of an uplink changes under them.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Host } from '../lab/lab.js'
import { networked } from '../lab/networked.js'
import { run, withInterface, withLabels } from '../lab/unmodified.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'

const test = suite('network/roaming')
const it = networked(test)

it('packets go directly where that is possible, without the router, and after an uplink has got another address', async () => {
  const village = await Village.open(['a', 'b'], [], () => withLabels)
  try {
    const [a, b] = [village.host('a'), village.host('b')]
    // What a router of the Internet does.
    await done(village.host('router'), 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
    for (const host of [a, b]) await done(host, 'ip', 'route', 'replace', 'default', 'via', host.routerAddress)
    await Promise.all([village.up('a', [], withInterface), village.up('b', [], withInterface)])
    const { name } = await village.client('a').id()
    const [found] = (await village.client('b').addresses({ link: name })).addresses
    const address = found?.address ?? ''
    const pings = (count: number) => done(b, 'ping', '-6', '-q', '-c', String(count), '-i', '0.05', '-W', '2', address)
    const switched = async () => (await village.router.client.status()).counters['packets switched'] ?? 0

    assert.match(await pings(1), /1 received/)
    await until('nothing goes by the router any more', async () => {
      const before = await switched()
      await pings(10)
      return (await switched()) === before
    })
    await village.crash('router')
    assert.match(await pings(40), /40 received/)

    const moved = b.address.replace(/\d+$/, '99')
    await done(b, 'ip', 'address', 'delete', `${b.address}/24`, 'dev', 'uplink')
    await done(b, 'ip', 'address', 'add', `${moved}/24`, 'dev', 'uplink')
    await done(b, 'ip', 'route', 'replace', 'default', 'via', b.routerAddress)
    // The way back is found by what comes from there: after one round trip, as a rule.
    const after = await pings(40)
    const received = Number(/(\d+) received/.exec(after)?.[1])
    assert.ok(received >= 20, after)
  } finally {
    await village.close()
  }
})

test.run()

/** What a program says on a host. */
async function done(host: Host, command: string, ...args: readonly string[]): Promise<string> {
  return (await run(host, command, args)).output
}
