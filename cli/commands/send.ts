// `runnel send`: a letter to a name's inbox; the text stands on the line or comes from standard input. It is sent when
// custodians have signed for it, whether its owner is up or not.

import { resolve } from 'node:path'
import { argument, type Invocation, textFlag } from '../command.js'
import { withNode } from '../open.js'
import { bytesText, clean, counted, dayText } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const to = argument(invocation, 0)
  const text = invocation.arguments[1] ?? '-'
  const body = text === '-' ? await standardInput(signal) : new TextEncoder().encode(text)
  const subject = textFlag(invocation, 'subject')
  const attach = (invocation.flags.attach as readonly string[] | undefined)?.map((path) => resolve(path))
  const sent = await withNode(invocation, (node) =>
    node.sendToInbox(to, body, {
      ...(subject === undefined ? {} : { subject }),
      ...(attach === undefined ? {} : { attach }),
      signal,
    }),
  )
  if (output.json) return output.record(sent)
  for (const { custodian, untilMs, kept } of sent.receipts) {
    const day = dayText(untilMs)
    output.line(
      `${custodian} keeps it until ${day}${kept ? '' : ', unless harder letters of strangers need its place'}`,
    )
  }
  for (const { custodian, reason } of sent.refused) output.note(`${custodian} does not keep it: ${reason}`)
  for (const { name, bytes, copies } of sent.attachments) {
    const kept = copies === 0 ? 'nobody else keeps it: leave this node up' : `kept by ${counted(copies, 'custodian')}`
    output.line(`attached ${clean(name)}, ${bytesText(bytes)}: ${kept}`)
  }
  output.note(`signed for by ${counted(sent.receipts.length, 'custodian')}; its owner takes it when their node is up`)
}

async function standardInput(signal: AbortSignal): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const stop = (): void => void process.stdin.destroy()
  signal.addEventListener('abort', stop, { once: true })
  for await (const part of process.stdin) parts.push(part as Uint8Array)
  signal.throwIfAborted()
  return Buffer.concat(parts)
}
