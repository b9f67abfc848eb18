// A program in Python, written from docs/protocol.md alone, sends a letter to a node of this repository: by a session over
// a channel that a router passes on, with a puzzle, to a custodian; the node shows it once, with the name that sent it.

// wall limit: 120 s
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { collect, runnelJson } from '../lab/runnel.js'
import { until } from '../lab/until.js'
import { Village } from '../lab/village.js'
import { start, withPython } from './python.js'

interface Letter {
  readonly sender: string
  readonly subject: string
  readonly text: string
}

const test = suite('interop: letter')
const check = withPython(test)

check('a letter of a stranger in another language is shown once, with the name that signed it', async () => {
  const village = await Village.open(['keeper', 'owner', 'sender'], ['--inboxes', '0'])
  try {
    const keeper = (await (await village.up('keeper', ['--inboxes', '64M'])).client.id()).device
    const owner = await village.up('owner', ['--inbox-at', keeper])
    await until('the inbox is kept', async () =>
      (await owner.client.status()).inbox.keptBy.some(({ custodian, untilMs }) => custodian === keeper && untilMs > 0),
    )
    const { name } = await owner.client.id()
    // Its card lists the custodian a little later than that has agreed.
    const sent = await until('the letter is sent', () => send(village, name, 'grüße', 'from another hand'))
    assert.equal(sent.custodians, [keeper])

    const host = village.host('owner')
    const letters = await until('the letter has come', async () => {
      const shown = await runnelJson<Letter>(host, village.home('owner'), ['inbox', '--keep'])
      return shown.length > 0 && shown
    })
    const once = letters.map(({ sender, subject, text }) => ({ sender, subject, text }))
    assert.equal(once, [{ sender: sent.from, subject: 'grüße', text: 'from another hand' }])
    assert.is((await runnelJson<Letter>(host, village.home('owner'), ['inbox'])).length, 1)
    assert.is((await runnelJson<Letter>(host, village.home('owner'), ['inbox'])).length, 0)
  } finally {
    await village.close()
  }
})

/** Delivers one letter twice, as a sender does who has missed the receipt; undefined while the name has no inbox. */
async function send(
  village: Village,
  name: string,
  subject: string,
  text: string,
): Promise<{ from: string; custodians: string[] } | undefined> {
  const args = ['--upstream', village.upstreamOf('sender'), '--identity', village.path('identity')]
  const program = start(
    village.host('sender'),
    'runnel_sender.py',
    ...args,
    '--subject',
    subject,
    '--times',
    '2',
    name,
    text,
  )
  const [output, notes] = [collect(program.stdout), collect(program.stderr)]
  const [code] = await once(program, 'close')
  if (code === 3 && notes().includes('the name has no inbox')) return undefined
  assert.is(code, 0, notes())
  return JSON.parse(output()) as { from: string; custodians: string[] }
}

test.run()
