// A letter to an owner who is off, from the command line: two custodians sign for it, the sender goes away, and the owner
// is shown it once with its sender's proven name, whoever is killed in between; on each of the owner's devices.
// wall limit: 240 s

import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isRunnelError, type Letter, type SentLetter } from '../../api/index.js'
import { networked } from '../lab/networked.js'
import { runnelJson } from '../lab/runnel.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'

const test = suite('network/inbox')
const it = networked(test)

type Shown = Omit<Letter, 'acknowledge' | 'body'> & { readonly text: string }

let village: Village
let owner = ''
let sender = ''
let custodians: string[] = []

/** Resolves when both custodians keep the inbox of a host, and its card says so. */
function kept(host: string): Promise<unknown> {
  return until(`two custodians keep the inbox of ${host}`, async () => {
    const { inbox } = await village.client(host).status()
    return inbox.keptBy.filter(({ untilMs }) => untilMs > Date.now()).length === 2
  })
}

function waiting(host: string, count: number): Promise<unknown> {
  return until(`${count} letters wait on ${host}`, async () => {
    return (await village.client(host).status()).inbox.waiting >= count
  })
}

function inbox(host: string, ...args: string[]): Promise<Shown[]> {
  return runnelJson<Shown>(village.host(host), village.home(host), ['inbox', ...args])
}

it('resolves when two custodians have signed, while the owner is off', async () => {
  village = await Village.open(['a', 'c', 'd', 's'], ['--inboxes', '64M'])
  await Promise.all([village.up('c', ['--inboxes', '64M']), village.up('s')])
  custodians = await Promise.all(['router', 'c'].map(async (host) => (await village.client(host).id()).device))
  await village.up('a', ['--inbox-at', custodians[1] ?? ''])
  owner = (await village.client('a').id()).name
  sender = (await village.client('s').id()).name
  await kept('a')
  let written = 0
  await until('the router knows of both', async () => {
    const sent = await village
      .client('router')
      .sendToInbox(owner, 'are both listed?')
      .catch((error: unknown) => {
        if (!isRunnelError(error, 'NO_INBOX')) throw error
      })
    if (sent !== undefined) written += 1
    return sent?.receipts.length === 2
  })
  await waiting('a', written)
  for await (const letter of village.client('a').inbox()) await letter.acknowledge()
  await village.stop('a')
  const sent = await village.json<SentLetter>('s', ['send', owner, 'hello', '--subject', 'first'])
  assert.equal(sent.receipts.map(({ custodian }) => custodian).sort(), [...custodians].sort())
  assert.equal(sent.refused, [])
})

it('is there once, with the sender’s name, after a custodian and the owner were killed', async () => {
  await village.stop('s')
  for (const host of ['c', 'router']) {
    await village.crash(host)
    await village.again(host)
  }
  await village.again('a')
  await waiting('a', 1)
  await village.crash('a')
  await village.again('a')
  const shown = await inbox('a', '--keep')
  assert.equal(
    shown.map((letter) => [letter.sender, letter.subject, letter.text]),
    [[sender, 'first', 'hello']],
  )
  assert.equal(await inbox('a'), shown, 'it was kept')
  assert.equal(await inbox('a'), [])
  await village.crash('a')
  await village.again('a')
  await kept('a')
  assert.equal(await inbox('a'), [], 'nor is it shown after it was acknowledged')
})

it('reaches each of the owner’s devices', async () => {
  await village.stop('a')
  cpSync(village.home('a'), village.home('d'), { recursive: true })
  await village.again('a')
  await village.up('d', ['--inbox-at', custodians[1] ?? ''])
  assert.is((await village.client('d').id()).name, owner)
  assert.is.not((await village.client('d').id()).device, (await village.client('a').id()).device)
  await Promise.all([kept('a'), kept('d')])
  // Who has asked for a name writes to the devices that it had then for a minute.
  const aMinuteAndMoreMs = 90_000
  await until(
    'the custodian knows of both devices',
    async () => {
      await village.client('c').sendToInbox(owner, 'are both known?')
      await waiting('a', 1)
      await inbox('a')
      return (await inbox('d')).length > 0
    },
    aMinuteAndMoreMs,
  )
  await village.stop('d')
  await inbox('a')
  await village.client('c').sendToInbox(owner, 'to both')
  await waiting('a', 1)
  const texts = async (host: string): Promise<string[]> => (await inbox(host)).map(({ text }) => text)
  assert.equal(await texts('a'), ['to both'])
  await village.again('d')
  await until('what was meant for both is on the second', async () => (await texts('d')).includes('to both'))
  assert.equal([await texts('a'), await texts('d')], [[], []])
})

it('brings what is too long for a letter as a file that it points to', async () => {
  await village.again('s')
  const text = 'a long letter\n'.repeat(5_000)
  const sent = await village.json<SentLetter>('s', ['send', owner, '-'], text)
  assert.equal(
    sent.attachments.map(({ name, bytes }) => [name, bytes]),
    [['letter', text.length]],
  )
  await waiting('a', 1)
  const [shown] = await inbox('a')
  const [attached] = shown?.attachments ?? []
  const got = village.path('letter')
  assert.is((await village.run('a', ['get', attached?.link ?? '', '-o', got])).code, 0)
  assert.is(readFileSync(got, 'utf8'), text)
  assert.equal(readdirSync(join(village.home('s'), 'letters')), [])
})

test.after(async () => {
  await village?.close()
})

test.run()
