// What `doctor` says of a machine, by what its kernel shows: a tree of files stands for /proc, and an addon for the rest.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Check } from '../../api/protocol/index.js'
import type { Abilities, MachineAddon } from './addon.js'
import { examineMachine } from './examine.js'

const test = suite('node/machine/examine')
const able: Abilities = { offloads: 2, cuts: true, joins: true, clock: true }
const titles = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT'
const defaultRoute = `${titles}\neth7\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`

async function looks(
  abilities: Abilities,
  files: Readonly<Record<string, string>>,
  more: { nowMs?: number; home?: string } = {},
): Promise<ReadonlyMap<string, Check>> {
  const root = mkdtempSync(join(tmpdir(), 'machine-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const none = (): never => {
      throw new Error('is not asked')
    }
    const addon: MachineAddon = {
      examineMachine: () => abilities,
      removeAbandonedRules: none,
      watchAddresses: none,
    }
    const checks = await examineMachine({ home: join(root, 'home'), addon, root: `${root}/`, ...more })
    return new Map(checks.map((check) => [check.check, check]))
  } finally {
    rmSync(root, { recursive: true })
  }
}

test('a machine that can do all and is wired has nothing to mend', async () => {
  const checks = await looks(able, {
    'proc/net/route': defaultRoute,
    'proc/sys/net/ipv6/conf/eth7/mtu': '1500\n',
    'etc/resolv.conf': 'nameserver 2001:21::53\nnameserver 192.0.2.53\n',
  })
  assert.equal([...checks.keys()], ['tun', 'udp', 'mtu', 'dns', 'clock', 'nat', 'flush'])
  for (const { check, level, fix } of checks.values()) assert.equal([level, fix], ['ok', undefined], check)
  assert.match(checks.get('mtu')?.text ?? '', /1500 bytes leave by eth7, and of ours up to 1419/)
})

test('what is missing is a warning, each with one thing to do', async () => {
  const poor: Abilities = {
    refused: 'interface 1 Operation not permitted',
    offloads: 0,
    cuts: false,
    joins: true,
    clock: false,
  }
  const checks = await looks(poor, {})
  for (const name of ['tun', 'udp', 'mtu', 'dns', 'clock']) {
    assert.is(checks.get(name)?.level, 'warn', name)
    assert.ok(checks.get(name)?.fix, name)
  }
  assert.match(checks.get('tun')?.fix ?? '', /CAP_NET_ADMIN/)
  assert.match(checks.get('udp')?.text ?? '', /not cut \(GSO\) by/)
  assert.match(checks.get('mtu')?.text ?? '', /no default route/)
  assert.match(checks.get('dns')?.fix ?? '', /nameserver 2001:21::53/)
})

test('an uplink that is too narrow for the smallest packet is named, by IPv6 too, with the size that it needs', async () => {
  const six = `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 wwan0\n`
  const unreachable = `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} ffffffff 00000001 00000000 00200200 bad0\n`
  const narrow = { 'proc/net/ipv6_route': unreachable + six, 'sys/class/net/wwan0/mtu': '1340\n' }
  const check = (await looks(able, narrow)).get('mtu')
  assert.match(check?.text ?? '', /1340 bytes leave by wwan0, and of ours up to 1259/)
  assert.match(check?.fix ?? '', /mtu 1361/)
  const wide = (await looks(able, { ...narrow, 'sys/class/net/wwan0/mtu': '1361\n' })).get('mtu')
  assert.is(wide?.level, 'ok')
})

test('a clock that was never set, and a home that cannot be written, are failures', async () => {
  assert.is((await looks(able, {}, { nowMs: 0 })).get('clock')?.level, 'fail')
  const flush = (await looks(able, {}, { home: '/proc/nowhere' })).get('flush')
  assert.is(flush?.level, 'fail')
  assert.match(flush?.fix ?? '', /right to write/)
})

test('what an addon throws while it looks is a warning, and all else is looked at', async () => {
  const broken = (): never => {
    throw new Error('thread ended')
  }
  const addon: MachineAddon = { examineMachine: broken, removeAbandonedRules: broken, watchAddresses: broken }
  const checks = await examineMachine({ home: '/proc/nowhere', addon, root: '/proc/nowhere/' })
  const [tun] = checks.filter(({ check }) => check === 'tun')
  assert.equal(
    [tun?.level, tun?.text, tun?.fix],
    ['warn', 'the native addon could not look at this machine: thread ended', 'Build it anew with `npm run build`.'],
  )
  assert.equal(
    checks.map(({ check }) => check),
    ['tun', 'mtu', 'dns', 'clock', 'nat', 'flush'],
  )
})

test('where there is systemd-resolved, a node tells it by itself', async () => {
  const dns = (await looks(able, { 'run/systemd/resolve/resolv.conf': '' })).get('dns')
  assert.is(dns?.level, 'ok')
})

test.run()
