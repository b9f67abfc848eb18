// `ping` and `trace` between real nodes: the way that is taken is told, and each node on it is measured.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PingAnswer, PingTotal, TraceHop } from '../../api/index.js'
import { networked } from '../lab/networked.js'
import { withInterface, withLabels } from '../lab/unmodified.js'
import { Village } from '../lab/village.js'

const test = suite('network/measuring')
const it = networked(test)

it('the way to a device is told by packets where both have them, by a channel elsewhere, and hop by hop', async () => {
  const village = await Village.open(['a', 'b', 'c'], [], () => withLabels)
  try {
    await Promise.all([village.up('a', [], withInterface), village.up('b', [], withInterface), village.up('c')])
    const [a, c] = await Promise.all(['a', 'c'].map((host) => village.client(host).id()))
    const { device: router } = await village.router.client.id()
    if (a === undefined || c === undefined) throw new Error('they are up')
    const lines = <T>(stdout: string) =>
      stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]))
    const says = async (...args: string[]) => {
      const { code, stdout, stderr } = await village.run('b', args)
      assert.is(code, 0, stderr)
      return stdout
    }

    const hops = lines<TraceHop>(await says('trace', a.name, '--json'))
    assert.equal(
      hops.map(({ hop, device, reached }) => ({ hop, device, reached })),
      [
        { hop: 1, device: router, reached: false },
        { hop: 2, device: a.device, reached: true },
        { hop: undefined, device: a.device, reached: undefined },
      ],
    )
    assert.ok(hops.slice(0, 2).every(({ rttMs = 0 }) => rttMs > 0))

    const all = lines<PingAnswer & PingTotal>(
      await says('ping', a.name, '--count', '3', '--interval', '0.1s', '--json'),
    )
    const total = all.pop()
    assert.equal([total?.device, total?.sent, total?.received], [a.device, 3, 3])
    for (const { way, direct, through, rttMs = 0 } of all) {
      assert.is(way, 'packets')
      assert.is(through, direct === true ? undefined : router)
      assert.ok(rttMs > 0)
    }

    assert.match(
      await says('ping', c.device, '--count', '1'),
      new RegExp(`^1  [\\d.]+ ms, over a channel through ${router.slice(0, 8)}\\n1 of 1 answers from 2001:20:`),
    )
    const shown = await says('trace', c.name)
    assert.match(shown, new RegExp(`^ 1  [\\d.]+ ms +${router}\\n 2  [\\d.]+ ms +${c.device} \\(the device\\)\\n$`))

    // Nobody is there any more.
    await village.kill('c')
    const gone = await village.run('b', ['ping', c.device, '--timeout', '2s'])
    assert.is(gone.code, 4)
    assert.match(gone.stderr, /NO_ROUTE: no way to/)
  } finally {
    await village.close()
  }
})

test.run()
