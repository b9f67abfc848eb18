// `runnel inbox`: the letters that wait here. What is shown is acknowledged when it was written out, unless --keep is given.

import type { Letter } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { argument, type Invocation } from '../command.js'
import { withNode } from '../open.js'
import { bytesText, clean, timeText } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal, flags } = invocation
  const action = argument(invocation, 0)
  if (action !== '') return decide(invocation, action, argument(invocation, 1))
  const follow = flags.follow === true
  await withNode(invocation, async (node) => {
    for await (const letter of node.inbox({ follow, signal })) {
      if (output.json) output.record(recordOf(letter))
      else await show(invocation, letter)
      if (flags.keep !== true) await letter.acknowledge()
    }
  })
}

async function decide(invocation: Invocation, action: string, name: string): Promise<void> {
  const { output, signal } = invocation
  if ((action !== 'allow' && action !== 'block') || name === '') {
    throw new RunnelError('BAD_ARGUMENT', 'write `runnel inbox allow NAME` or `runnel inbox block NAME`')
  }
  await withNode(invocation, async (node) => {
    if (action === 'allow') {
      const sent = await node.allowSender(name, { signal })
      if (output.json) return output.record(sent)
      output.note('sent tickets: their letters come in without a puzzle, and never behind those of strangers')
    } else {
      const blocked = await node.blockSender(name, { signal })
      if (output.json) return output.record(blocked)
      output.note(`nothing of them is shown any more; ${blocked.revoked} tickets were taken back`)
    }
  })
}

async function show({ output, signal }: Invocation, letter: Letter): Promise<void> {
  const { sender, petname, timeMs, subject, body, attachments } = letter
  output.line(`from ${petname === undefined ? sender : `${clean(petname)} (${sender})`}`)
  output.line(`at ${timeText(timeMs)}`)
  if (subject !== '') output.line(`about ${clean(subject)}`)
  for (const { name, bytes, link } of attachments) {
    output.line(`attached ${clean(name)}, ${bytesText(bytes)}: ${clean(link)}`)
  }
  output.line('')
  if (output.terminal) {
    for (const line of new TextDecoder().decode(body).split('\n')) output.line(line.split('\t').map(clean).join('\t'))
  } else {
    await output.bytes(body, signal)
    output.line('')
  }
  output.line('')
}

function recordOf({ acknowledge: _, body, ...letter }: Letter): object {
  try {
    return { ...letter, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body) }
  } catch {
    return { ...letter, base64: Buffer.from(body).toString('base64') }
  }
}
