// Rules: what a rule fits, and that one that denies beats all that allow.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Asker, admits, isRule, Protocol, type Rule, type RuleSource } from './firewall.js'

const test = suite('packet/firewall')
const friend = new Uint8Array(32).fill(1)
const other = new Uint8Array(32).fill(2)
const nobody: Asker = { name: undefined, groups: [] }
const asker: Asker = { name: friend, groups: ['family'] }
const ssh = { protocol: Protocol.tcp, port: 22 }

function rule(change: Partial<Rule>): Rule {
  return { action: 'allow', protocol: 'tcp', port: 22, from: 'anybody', ...change }
}

test('without rules nothing comes in but an echo', () => {
  for (const protocol of [0, Protocol.tcp, Protocol.udp, 132, 253]) {
    assert.not(admits([], { protocol, port: 22 }, asker))
    assert.not(admits([], { protocol, port: 0 }, asker))
  }
  assert.ok(admits([], { protocol: Protocol.icmp, port: 0 }, nobody))
  // An answer that nobody has asked for has a port here.
  assert.not(admits([], { protocol: Protocol.icmp, port: 7 }, nobody))
})

test('a rule is about its protocol and its port, or all of them', () => {
  assert.ok(admits([rule({})], ssh, nobody))
  assert.not(admits([rule({})], { protocol: Protocol.udp, port: 22 }, nobody))
  assert.not(admits([rule({})], { protocol: Protocol.tcp, port: 23 }, nobody))
  assert.ok(admits([rule({ port: undefined })], { protocol: Protocol.tcp, port: 23 }, nobody))
  assert.ok(admits([rule({ protocol: 'any', port: undefined })], { protocol: 253, port: 0 }, nobody))
  assert.ok(admits([rule({ protocol: 'any' })], { protocol: Protocol.udp, port: 22 }, nobody))
})

test('a rule about questions by packets is about nothing else, and one about all protocols is about them', () => {
  const question = { protocol: 253, port: 0 }
  const stream = rule({ protocol: 'stream', port: undefined })
  assert.ok(admits([stream], question, nobody))
  for (const protocol of [0, Protocol.tcp, Protocol.udp, 252, 254])
    assert.not(admits([stream], { protocol, port: 0 }, asker))
  assert.not(admits([stream, rule({ action: 'deny', protocol: 'any', port: undefined })], question, nobody))
  assert.not(admits([rule({ action: 'deny', protocol: 'stream', port: undefined })], question, nobody))
  assert.not(admits([rule({ port: undefined }), rule({ protocol: 'udp', port: undefined })], question, nobody))
})

test('a rule is about a name, a group, or everybody', () => {
  const from = (source: RuleSource) => [rule({ from: source })]
  assert.ok(admits(from(friend), ssh, asker))
  assert.not(admits(from(other), ssh, asker))
  assert.not(admits(from(friend), ssh, nobody))
  assert.ok(admits(from({ group: 'family' }), ssh, asker))
  assert.not(admits(from({ group: 'work' }), ssh, asker))
})

test('an echo can be denied, and one of a port never decides about it', () => {
  const echo = { protocol: Protocol.icmp, port: 0 }
  assert.not(admits([rule({ action: 'deny', protocol: 'icmp', port: undefined })], echo, nobody))
  assert.not(admits([rule({ action: 'deny', protocol: 'any', port: undefined })], echo, nobody))
  assert.ok(admits([rule({ action: 'deny', protocol: 'any', port: 22 })], echo, nobody))
})

const source = fc.constantFrom<RuleSource>(friend, other, { group: 'family' }, { group: 'work' }, 'anybody')
const rules = fc.array(
  fc.record({
    action: fc.constantFrom('allow' as const, 'deny' as const),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'any' as const),
    port: fc.constantFrom(undefined, 22, 80),
    from: source,
  }),
  { maxLength: 6 },
)
const asked = fc.record({ protocol: fc.constantFrom(6, 17, 132), port: fc.constantFrom(22, 80, 443) })

test('the order of rules says nothing, and one that denies only ever takes away', () => {
  fc.assert(
    fc.property(rules, asked, (list, question) => {
      const answer = admits(list, question, asker)
      assert.is(admits([...list].reverse(), question, asker), answer)
      const allowed = list.filter(({ action }) => action === 'allow')
      if (answer) assert.ok(admits(allowed, question, asker))
      assert.not(admits([...list, rule({ action: 'deny', protocol: 'any', port: undefined })], question, asker))
    }),
  )
})

test('a rule about a port that is none, or of the echo, is no rule', () => {
  assert.ok(isRule(rule({})) && isRule(rule({ protocol: 'icmp', port: undefined })))
  for (const port of [0, -1, 1.5, 65_536, Number.NaN]) assert.not(isRule(rule({ port })))
  assert.ok(isRule(rule({ protocol: 'stream', port: undefined })))
  for (const protocol of ['icmp', 'stream'] as const) assert.not(isRule(rule({ protocol })))
})

test.run()
