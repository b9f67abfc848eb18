// Rules about packets and groups of names: what was set is said, an empty list says so, and a typing error is told as one.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TrafficRule } from '../../api/index.js'
import { type Handlers, withFakeNode } from '../../test/api/fake-node.js'
import { command, records } from '../../test/cli/command.js'

const name = 'a'.repeat(56)
const test = suite('commands about rules and groups')

interface Kept {
  readonly rules: TrafficRule[]
  readonly members: { group: string; name: string }[]
}

function handlersOf({ rules, members }: Kept): Partial<Handlers> {
  return {
    setRule: async ({ remove: _, ...rule }) => {
      rules.push(rule)
      return { rule }
    },
    rules: async (_, call) => {
      for (const rule of rules) await call.item(rule)
      return { count: rules.length }
    },
    setMember: async ({ remove: _, ...member }) => {
      members.push(member)
      return member
    },
    groups: async (_, call) => {
      for (const member of members) await call.item(member)
      return { count: members.length }
    },
  }
}

test('without rules and groups the lists are empty, and that is said beside them', async () => {
  await withFakeNode(handlersOf({ rules: [], members: [] }), async ({ home }) => {
    for (const words of [['allow'], ['deny'], ['group'], ['group', 'family']]) {
      const { code, stdout, stderr } = await command(words, { home })
      assert.equal([code, stdout], [0, ''], words.join(' '))
      assert.match(stderr, /^(there are no rules|there are no groups|nobody is in the group family)/)
      assert.is((await command([...words, '--json'], { home })).stderr, '')
    }
  })
})

test('a rule about a group that nobody is in stands, and is told', async () => {
  const kept: Kept = { rules: [], members: [] }
  await withFakeNode(handlersOf(kept), async ({ home }) => {
    const empty = await command(['allow', 'tcp/22', 'from', 'group:family'], { home })
    assert.equal([empty.code, empty.stdout], [0, 'allow tcp/22 from group:family\n'])
    assert.match(empty.stderr, /^nobody is in group:family yet: `runnel group family NAME`/)
    assert.is((await command(['group', 'family', name], { home })).stdout, `family  ${name}\n`)
    assert.is((await command(['allow', 'tcp/22', 'from', 'group:family'], { home })).stderr, '')
    assert.equal(records((await command(['allow', '--json'], { home })).stdout), kept.rules)
  })
})

test('a port that there is not never reaches the node', async () => {
  const kept: Kept = { rules: [], members: [] }
  await withFakeNode(handlersOf(kept), async ({ home }) => {
    for (const what of ['tcp/0', 'tcp/65536', 'udp/99999', 'icmp/8', 'stream/253']) {
      const { code, stderr } = await command(['allow', what, 'from', 'anybody'], { home })
      assert.is(code, 2, what)
      assert.match(stderr, new RegExp(`BAD_ARGUMENT: ${what} [^]*hint: A port is 1 to 65535`))
    }
    assert.is((await command(['deny', 'tcp/65535', 'from', 'anybody'], { home })).code, 0)
    assert.is((await command(['allow', 'stream', 'from', name], { home })).stdout, `allow stream from ${name}\n`)
    assert.equal(kept.rules, [
      { action: 'deny', protocol: 'tcp', port: 65_535, from: 'anybody' },
      { action: 'allow', protocol: 'stream', from: name },
    ])
  })
})

test.run()
