// The machine under a node: what `doctor` finds without a node and without a network, what `cleanup` removes after a kill, and
// what becomes of links when an uplink gets another address.

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Host } from '../lab/lab.js'
import { networked } from '../lab/networked.js'
import { command } from '../lab/runnel.js'
import { openLoopback, run, withInterface } from '../lab/unmodified.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'

const test = suite('network/machine')
const it = networked(test)

/** A link that is silent would be noticed after some 30 s; this is far below, and far above what it takes. */
const noticedMs = 10_000

it('doctor needs neither a node nor a network, and its exit code tells whether something failed', async () => {
  const village = await Village.open(['a'])
  try {
    const a = village.host('a')
    const bare = await village.run('a', ['doctor'])
    assert.is(bare.code, 0, bare.stdout + bare.stderr)
    assert.match(bare.stdout, /^warn +node: no node runs/m)
    assert.match(bare.stdout, /^ok +tun: a network interface can be made/m)
    assert.match(bare.stdout, /^ok +mtu: .* leave by uplink/m)
    assert.match(bare.stdout, /^ok +flush: a flush to disk/m)
    for (const [, level, text] of bare.stdout.matchAll(/^(warn|fail) +(.*)\n {6}fix: \S/gm)) assert.ok(level && text)
    assert.is(bare.stdout.match(/^(warn|fail) /gm)?.length ?? 0, bare.stdout.match(/^ {6}fix: /gm)?.length ?? 0)
    assert.not.match((await run(a, 'ip', ['-o', 'link'])).output, /runnel-try/)

    await run(a, 'ip', ['route', 'delete', 'default'])
    assert.match((await village.run('a', ['doctor'])).stdout, /^warn +mtu: this machine has no default route/m)
    const broken = await run(a, command, ['doctor', '--home', '/proc/nowhere'])
    assert.is(broken.code, 7)
    assert.match(broken.output, /^fail +flush: nothing can be written/m)

    await run(a, 'ip', ['route', 'add', 'default', 'via', a.routerAddress])
    await village.up('a', [], withInterface)
    const withNode = await village.run('a', ['doctor'])
    assert.match(withNode.stdout, /^ok +tun: tun0 is up/m)
    assert.match(withNode.stdout, /^ok +nat: /m)
    assert.not.match(withNode.stdout, /no node runs|can be made/)
  } finally {
    await village.close()
  }
})

it('doctor finds the right to an interface in a user namespace of nobody, and none without it', async () => {
  const home = mkdtempSync(join(tmpdir(), 'doctor-'))
  try {
    chmodSync(home, 0o777)
    // Open for everybody, as it is on most machines.
    const device = 'mknod "$0" c 10 200 && chmod 666 "$0" && mount --bind "$0" /dev/net/tun && exec "$@"'
    const open = ['--mount', 'sh', '-c', device, join(home, 'tun')]
    const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
    const space = ['unshare', '--user', '--map-root-user', '--net']
    const doctor = (...before: string[]) => {
      rmSync(join(home, 'tun'), { force: true })
      const line = [...open, ...nobody, ...before, command, 'doctor', '--home', home]
      return spawnSync('unshare', line, { encoding: 'utf8' }).stdout
    }
    if (!doctor(...space).includes('no node runs')) return
    assert.match(doctor(...space), /^ok +tun: a network interface can be made/m)
    assert.match(doctor(), /^warn +tun: .*\n {6}fix: .*CAP_NET_ADMIN/m)
  } finally {
    rmSync(home, { recursive: true })
  }
})

it('after a kill, cleanup leaves the machine as it was before, and touches nothing of a node that lives', async () => {
  const village = await Village.open(['a'])
  try {
    const a = village.host('a')
    await openLoopback(a)
    const before = await shown(a)
    await village.up('a', [], withInterface)
    const living = await shown(a)
    assert.is.not(living, before)
    const spared = await village.run('a', ['cleanup'])
    assert.match(spared.stdout, /the node of .* runs, and keeps what it has/)
    assert.is(await shown(a), living)
    assert.ok((await village.client('a').status()).uptimeS >= 0)

    await village.kill('a')
    assert.is.not(await shown(a), before, 'what is left is to be removed')
    const cleaned = await village.run('a', ['cleanup'])
    assert.is(cleaned.code, 0, cleaned.stderr)
    assert.is(cleaned.stdout.match(/^removed a rule of routing for interface \d+, which is gone$/gm)?.length, 5)
    assert.match(cleaned.stdout, /^removed the socket .*runnel\.sock$/m)
    assert.is(await shown(a), before)
    assert.is((await village.run('a', ['cleanup'])).stdout, 'nothing was left\n')
    await village.again('a')
  } finally {
    await village.close()
  }
})

it('links go on at once when an uplink gets another address, without waiting until silence is noticed', async () => {
  const village = await Village.open(['a'])
  try {
    const a = village.host('a')
    await village.up('a')
    const client = village.client('a')
    const moved = a.address.replace(/\d+$/, '99')
    const router = village.router.client
    const links = async () => (await router.peers()).filter(({ state }) => state === 'up').map(({ address }) => address)
    assert.ok((await links()).every((address) => address.includes(`${a.address}:`)))
    await run(a, 'ip', ['address', 'delete', `${a.address}/24`, 'dev', 'uplink'])
    await until('the node has cut its link', async () => (await client.status()).neighbours.up === 0, noticedMs)
    await run(a, 'ip', ['address', 'add', `${moved}/24`, 'dev', 'uplink'])
    await until(
      'the router is linked to the new address alone',
      async () => {
        const now = await links()
        return now.length === 1 && now[0]?.includes(`${moved}:`) === true
      },
      noticedMs,
    )
  } finally {
    await village.close()
  }
})

test.run()

/** Rules, routes, addresses and links of a host, without what counts by itself. */
async function shown(host: Host): Promise<string> {
  const all = [
    ['rule'],
    ['-6', 'rule'],
    ['route', 'show', 'table', 'all'],
    ['-6', 'route', 'show', 'table', 'all'],
    ['-o', 'address'],
    ['-o', 'link'],
  ]
  const parts: string[] = []
  for (const args of all) parts.push((await run(host, 'ip', args)).output)
  return parts.join('\n')
}
