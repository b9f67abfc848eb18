// The interface of a node as unmodified programs meet it: names, sites and addresses of nobody; deleted, killed and refused.

import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { curl } from '../lab/curl.js'
import { writeTree } from '../lab/make-tree.js'
import { networked } from '../lab/networked.js'
import { runnel } from '../lab/runnel.js'
import { names, openLoopback, resolving, run, withInterface } from '../lab/unmodified.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'

const test = suite('network/tun')
const it = networked(test)
const devices = '2001:20::/32'
/** Of the prefix of devices, and nobody's. */
const nobody = '2001:20:1:2:3:4:5:6'

it('names and sites are found on the interface by programs that know nothing of it', async () => {
  const village = await Village.open(['a', 'b'])
  try {
    const b = village.host('b')
    await openLoopback(b)
    await Promise.all([village.up('a'), village.up('b', [], withInterface)])
    writeTree(village.path('site'), { 'index.html': 4_000, 'docs/index.html': 70_000 })
    const { name } = await village.json<{ name: string }>('a', ['publish', village.path('site')])
    const { address, tun: shown } = await village.client('b').status()
    assert.is(shown.state, 'up')

    // Its own address can be bound, and is reached.
    const own = await run(b, 'ping', ['-6', '-c', '1', '-W', '5', address])
    assert.is(own.code, 0, own.output)

    // The name of a site leads to a device, whose port 80 is answered here: also while the device is off.
    const site = `http://${name}.key/`
    const fetch = (path = '') => resolving(village, b, ['curl', '-sS', '--max-time', '20', '-D', '-', `${site}${path}`])
    const first = await fetch()
    assert.match(first.output, /^HTTP\/1\.1 200 OK/, first.output.slice(0, 500))
    assert.match(first.output, /X-Runnel-Source: hop=2; verified/)
    await fetch('docs/')
    await village.kill('a')
    assert.match((await fetch('docs/')).output, /^HTTP\/1\.1 200 OK[\s\S]*X-Runnel-Source: hop=[01]; cached; verified/)
    // The stream by its label is the same site.
    const shows = ['curl', '-sS', '-L', '--max-time', '20', '-o', '/dev/null', '-w', '%{http_code} %{url_effective}']
    const labelled = await resolving(village, b, [...shows, `http://main.${name}.key/`])
    assert.is(labelled.output, `200 ${site}`)

    // Other names are refused at once, so that the system asks elsewhere.
    const foreign = await run(b, 'dig', ['+tries=1', '+time=5', `@${names}`, 'example.com', 'AAAA'])
    assert.match(foreign.output, /status: REFUSED/)
  } finally {
    await village.close()
  }
})

it('an address of nobody cannot be reached at once, and the status says which', async () => {
  const village = await Village.open(['a'])
  try {
    const a = village.host('a')
    await village.up('a', [], withInterface)
    const ping = await run(a, 'ping', ['-6', '-c', '1', '-W', '5', nobody])
    assert.match(ping.output, /Destination unreachable: Address unreachable/)
    const tcp = await curl(a, ['-sS', '--max-time', '10', `http://[${nobody}]:8080/`])
    assert.match(tcp.stderr, /No route to host|Couldn't connect|Failed to connect/)
    const { tun: shown, counters } = await village.client('a').status()
    assert.equal(shown.unknown, [{ address: nobody, count: 2 }])
    assert.ok((counters['packets answers'] ?? 0) >= 2)
    const doctor = await village.run('a', ['doctor'])
    assert.match(doctor.stdout, /^ok +tun: tun0 is up: packets of up to 1419 bytes/m)
  } finally {
    await village.close()
  }
})

it('an interface that is deleted comes back, one of a killed node is gone, and two nodes have two', async () => {
  const village = await Village.open(['a'])
  try {
    const a = village.host('a')
    await openLoopback(a)
    await village.up('a', [], withInterface)
    const interfaces = async () => (await run(a, 'ip', ['-o', 'link'])).output.match(/tun\d+/g)?.map(String) ?? []
    assert.equal(await interfaces(), ['tun0'])
    const answerAbout = async (name: string) =>
      (await run(a, 'dig', ['+tries=1', '+time=5', `@${names}`, '-q', name, '-t', 'AAAA'])).output
    assert.match(await answerAbout('key'), /status: NOERROR/)
    assert.is((await run(a, 'ip', ['link', 'del', 'tun0'])).code, 0)
    await until('the interface is back', async () => (await interfaces()).includes('tun0'))
    // Who has waited for a ready node asks once.
    await village.client('a').wait({ for: 'ready' })
    assert.match(await answerAbout('key'), /status: NOERROR/)

    const second = (args: readonly string[]) => runnel(a, village.path('second'), args)
    const { stdout, code, stderr } = await second(['up', '--detach', '--json', '--tun', 'tun%d'])
    assert.is(code, 0, stderr)
    assert.is((JSON.parse(stdout) as { tun: string }).tun, 'tun1')
    assert.equal(await interfaces(), ['tun0', 'tun1'])
    assert.is((await second(['stop'])).code, 0)
    assert.equal(await interfaces(), ['tun0'])

    await village.kill('a')
    assert.equal(await interfaces(), [])
    await village.again('a')
    assert.equal(await interfaces(), ['tun0'])
    const rules = async () => (await run(a, 'ip', ['-6', 'rule'])).output.match(/dport 80/g)?.length ?? 0
    assert.is(await rules(), 2, 'what the killed one left is gone')
    await village.stop('a')
    assert.equal([await interfaces(), await rules()], [[], 0])
  } finally {
    await village.close()
  }
})

it('where rules of routing cannot be made, it says that packets are not protected, until they are', async () => {
  const village = await Village.open(['a'])
  try {
    const a = village.host('a')
    const sh = async (script: string) => {
      const { code, output } = await run(a, 'sh', ['-ec', script])
      assert.is(code, 0, output)
    }
    // One that the node is about to make is there already: by the number that its interface will have.
    await sh(`
      ip tuntap add mode tun name probe
      index=$(ip -o link show probe | cut -d: -f1)
      ip tuntap del mode tun name probe
      table=$((0x70000000 | (index + 1) << 1))
      ip -6 rule add to ${devices} iif lo table $table priority 20003 protocol 114
    `)
    await village.up('a', [], withInterface)
    const warned = async () => {
      const { tun: shown, warnings } = await village.client('a').status()
      assert.is(shown.state, 'up')
      return warnings.filter(({ code }) => code === 'RUNNEL-W-TUN')
    }
    const [warning] = await warned()
    assert.match(warning?.text ?? '', /^nothing keeps packets to devices from leaving unsealed.*File exists/)
    const [, fix = ''] = /`(.*)`/.exec(warning?.hint ?? '') ?? []
    assert.match((await village.run('a', ['doctor'])).stdout, /^ok +tun: tun0 is up.*\nwarn +tun: nothing keeps/m)
    const rules = async () => (await run(a, 'ip', ['-6', 'rule'])).output.match(/^2000\d:/gm)?.length ?? 0
    assert.is(await rules(), 1, 'what it could make of them is gone')

    // Its fix is one.
    await sh(fix)
    await village.stop('a')
    const unsealed = await run(a, 'ip', ['-6', 'route', 'get', nobody])
    assert.match(unsealed.output, /unreachable|No route to host/)
    await sh('ip -6 rule delete priority 20003')
    await village.again('a')
    assert.equal(await warned(), [])
  } finally {
    await village.close()
  }
})

it('without the right to an interface the rest works, and it says what is missing', async () => {
  const village = await Village.open(['a'])
  try {
    const wrapper = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin']
    if (spawnSync(wrapper[0] ?? '', [...wrapper.slice(1), 'true']).status !== 0) return
    const node = await village.up('a', [], { ...withInterface, wrapper })
    const { tun: shown, warnings } = await node.client.status()
    assert.is(shown.state, 'down')
    assert.ok(shown.ports.length > 0, 'packets of others are still sent on')
    const [warning] = warnings.filter(({ code }) => code === 'RUNNEL-W-TUN')
    assert.match(warning?.text ?? '', /may not make a network interface|may not be opened/)
    assert.match(warning?.hint ?? '', /CAP_NET_ADMIN/)
    assert.match((await village.run('a', ['doctor'])).stdout, /^warn +tun: /m)
  } finally {
    await village.close()
  }
})

it('rules about what may come in are kept, and shown', async () => {
  const village = await Village.open(['a'])
  try {
    await village.up('a')
    const { name } = await village.client('a').id()
    const says = async (...args: string[]) => {
      const { code, stdout, stderr } = await village.run('a', args)
      assert.is(code, 0, stderr)
      return stdout
    }
    await says('petname', 'bob', name)
    assert.is(await says('allow', 'tcp/22', 'from', '@bob'), `allow tcp/22 from ${name}\n`)
    await says('deny', 'udp', 'from', 'group:work')
    await says('group', 'work', 'bob')
    await village.kill('a')
    await village.again('a')
    const rules = `deny udp from group:work\nallow tcp/22 from ${name}\n`
    assert.is(await says('allow'), rules)
    assert.match(await says('status'), /^rule +deny udp from group:work$/m)
    assert.match(await says('group'), new RegExp(`^work +${name}$`, 'm'))
    await says('allow', '--remove', 'tcp/22', 'from', 'bob')
    assert.is(await says('deny'), 'deny udp from group:work\n')
    assert.is((await village.run('a', ['allow', 'tcp/22'])).code, 2)
    assert.is((await village.run('a', ['allow', 'icmp/22', 'from', 'anybody'])).code, 2)
  } finally {
    await village.close()
  }
})

test.run()
