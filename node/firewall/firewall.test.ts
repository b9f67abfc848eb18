// Rules: what is written down is what is read, what is acknowledged is on disk, and the bounds hold.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunnelError } from '../../errors/index.js'
import { encodeText, TextKind } from '../../stack/name/index.js'
import type { Rule } from '../../stack/packet/index.js'
import { openTestCrypto } from '../../test/provider.js'
import { Firewall } from './firewall.js'
import { maxGroupCharacters, maxMembers, maxRules } from './limits.js'
import { formatTraffic, isGroup, parseTraffic } from './rule-text.js'

const crypto = await openTestCrypto()
const seed = new Uint8Array(8).fill(3)
const test = suite('firewall')
const name = (from: number): Uint8Array => {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, from)
  return bytes
}
const text = (from: number): string => encodeText(crypto, TextKind.name, name(from))

/** Values as a store has them: what was set is there at once, and acknowledged when `flush` is called. */
class FakeValues {
  readonly all = new Map<string, Uint8Array>()
  held = false
  #waiting: (() => void)[] = []

  values(prefix: string): { key: string; bytes: Uint8Array }[] {
    return [...this.all].filter(([key]) => key.startsWith(prefix)).map(([key, bytes]) => ({ key, bytes }))
  }

  async setValue(key: string, bytes: Uint8Array): Promise<void> {
    if (this.held) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (bytes.length === 0) this.all.delete(key)
    else this.all.set(key, bytes)
  }

  flush(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

async function refusal(act: Promise<unknown>): Promise<string> {
  try {
    await act
    return ''
  } catch (error) {
    return error instanceof RunnelError ? error.code : 'no RunnelError'
  }
}

const ssh: Rule = { action: 'allow', protocol: 'tcp', port: 22, from: name(1) }

test('a rule has one text, which is read as it was meant', () => {
  const rules: [string, Omit<Rule, 'action'>][] = [
    [`tcp/22 from ${text(1)}`, ssh],
    ['udp from group:friends', { protocol: 'udp', port: undefined, from: { group: 'friends' } }],
    ['icmp from anybody', { protocol: 'icmp', port: undefined, from: 'anybody' }],
    [`stream from ${text(2)}`, { protocol: 'stream', port: undefined, from: name(2) }],
    ['any/65535 from anybody', { protocol: 'any', port: 65_535, from: 'anybody' }],
  ]
  for (const [written, { protocol, port, from }] of rules) {
    assert.is(formatTraffic(crypto, { protocol, port, from }), written)
    assert.equal(parseTraffic(crypto, written), { protocol, port, from })
  }
})

test('whatever is no rule is refused, and what is accepted is written back the same', () => {
  const bad = [
    '',
    'tcp/22',
    'tcp/22 from',
    'tcp/0 from anybody',
    'tcp/022 from anybody',
    'tcp/65536 from anybody',
    'icmp/1 from anybody',
    'stream/1 from anybody',
    '253 from anybody',
    'sctp from anybody',
    'tcp  from anybody',
    'tcp from group:',
    'tcp from group:Friends',
    `tcp from ${text(1).toUpperCase()}`,
    `tcp from ${text(1).slice(1)}`,
    'tcp from anybody ',
  ]
  for (const one of bad) assert.is(parseTraffic(crypto, one), undefined, one)
  const words = fc.constantFrom(
    'tcp',
    'udp',
    'stream',
    'any',
    '/',
    '22',
    '0',
    ' ',
    'from',
    'anybody',
    'group:',
    'a',
    text(2),
  )
  const texts = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 8 }).map((some) => some.join('')),
  )
  const property = fc.property(texts, (some) => {
    const traffic = parseTraffic(crypto, some)
    if (traffic !== undefined) assert.is(formatTraffic(crypto, traffic), some)
  })
  fc.assert(property, { numRuns: 1_000 })
})

test('what is acknowledged is there after a restart, and what is not is not counted yet', async () => {
  const values = new FakeValues()
  const firewall = new Firewall(crypto, values, seed)
  let changes = 0
  firewall.watch(() => (changes += 1))
  values.held = true
  const setting = firewall.set(ssh)
  assert.equal([firewall.rules, changes], [[], 0])
  values.flush()
  await setting
  values.held = false
  assert.equal([firewall.rules, changes], [[ssh], 1])
  const deny: Rule = { action: 'deny', protocol: 'any', port: undefined, from: 'anybody' }
  await firewall.set(deny)
  const stream: Rule = { action: 'allow', protocol: 'stream', port: undefined, from: name(2) }
  await firewall.set(stream)
  await firewall.join('friends', name(1))
  assert.equal(firewall.rules, [deny, ssh, stream])
  const again = new Firewall(crypto, values, seed)
  assert.equal(again.rules, [deny, ssh, stream])
  assert.equal(again.groupsOf(name(1)), ['friends'])
  assert.equal(again.groupsOf(undefined), [])
})

test('of two rules about the same the newer one counts, and one that is removed counts no more', async () => {
  const values = new FakeValues()
  const firewall = new Firewall(crypto, values, seed)
  await firewall.set(ssh)
  await firewall.set({ ...ssh, action: 'deny' })
  assert.equal(firewall.rules, [{ ...ssh, action: 'deny' }])
  await firewall.remove(ssh)
  assert.equal([firewall.rules, values.all.size], [[], 0])
  assert.is(await refusal(firewall.remove(ssh)), 'NOT_FOUND')
})

test('a name is in groups until it leaves them', async () => {
  const values = new FakeValues()
  const firewall = new Firewall(crypto, values, seed)
  await firewall.join('friends', name(1))
  await firewall.join('friends', name(1))
  await firewall.join('work', name(1))
  await firewall.join('work', name(2))
  assert.equal(firewall.groupsOf(name(1)), ['friends', 'work'])
  assert.equal(firewall.groups().get('work'), [name(1), name(2)])
  await firewall.leave('friends', name(1))
  await firewall.leave('work', name(1))
  assert.equal([firewall.groupsOf(name(1)), values.all.size], [[], 1])
  assert.is(await refusal(firewall.leave('work', name(1))), 'NOT_FOUND')
})

test('what cannot be meant is refused', async () => {
  const firewall = new Firewall(crypto, new FakeValues(), seed)
  assert.is(await refusal(firewall.set({ ...ssh, port: 0 })), 'BAD_ARGUMENT')
  for (const protocol of ['icmp', 'stream'] as const) {
    assert.is(await refusal(firewall.set({ ...ssh, protocol })), 'BAD_ARGUMENT')
  }
  assert.is(await refusal(firewall.set({ ...ssh, from: { group: 'No' } })), 'BAD_ARGUMENT')
  assert.is(await refusal(firewall.join('', name(1))), 'BAD_ARGUMENT')
  assert.ok(isGroup('g'.repeat(maxGroupCharacters)))
  assert.not(isGroup('g'.repeat(maxGroupCharacters + 1)))
})

test('one rule more than there may be is refused, and another of those that are there is not', async () => {
  const firewall = new Firewall(crypto, new FakeValues(), seed)
  for (let port = 1; port <= maxRules; port += 1) await firewall.set({ ...ssh, port })
  assert.is(await refusal(firewall.set({ ...ssh, port: maxRules + 1 })), 'TOO_MANY')
  await firewall.set({ ...ssh, port: 1, action: 'deny' })
  assert.is(firewall.rules.length, maxRules)
})

test('one member more than there may be is refused until another leaves', async () => {
  const firewall = new Firewall(crypto, new FakeValues(), seed)
  for (let count = 1; count <= maxMembers; count += 1) await firewall.join('all', name(count))
  assert.is(await refusal(firewall.join('all', name(maxMembers + 1))), 'TOO_MANY')
  await firewall.leave('all', name(1))
  await firewall.join('all', name(maxMembers + 1))
})

test('what on disk is none of ours is left there and means nothing', () => {
  const values = new FakeValues()
  values.all.set('rule/tcp/99999 from anybody', Uint8Array.of(1))
  values.all.set('rule/tcp/22 from anybody', Uint8Array.of(7))
  values.all.set('group/friends/nobody', Uint8Array.of(1))
  values.all.set('group/friends', Uint8Array.of(1))
  const firewall = new Firewall(crypto, values, seed)
  assert.equal([firewall.rules, firewall.groups().size, values.all.size], [[], 0, 4])
})

test.run()
