// `runnel ping`: a line for each answer of a device, with its way and how long it took; at the end how many came.

import { type PingAnswer, RunnelError } from '../../api/index.js'
import { argumentCount, argumentSeconds } from '../arguments.js'
import { argument, type Invocation } from '../command.js'
import { readOptions, withNode } from '../open.js'
import { clean, millisecondsText } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const count = argumentCount(invocation, 'count')
  const intervalS = argumentSeconds(invocation, 'interval')
  const { idleTimeoutMs: timeoutMs } = await readOptions(invocation)
  const params = {
    to: argument(invocation, 0),
    ...(count === undefined ? {} : { count }),
    ...(intervalS === undefined ? {} : { intervalMs: Math.round(intervalS * 1000) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  }
  const times: number[] = []
  await withNode(invocation, async (node) => {
    const call = node.caller.items('ping', params, { signal })
    for await (const answer of call) {
      if (answer.rttMs !== undefined) times.push(answer.rttMs)
      if (output.json) output.record(answer)
      else output.line(clean(answerText(answer)))
    }
    const total = await call.result
    if (output.json) output.record(total)
    else output.line(`${total.received} of ${total.sent} answers from ${total.address}${rangeText(times)}`)
  })
  if (times.length === 0) process.exitCode = new RunnelError('NO_ROUTE').exitCode
}

function answerText({ sequence, rttMs, ...way }: PingAnswer): string {
  return `${sequence}  ${rttMs === undefined ? 'no answer in time' : `${millisecondsText(rttMs)}, ${wayText(way)}`}`
}

function wayText({ way, direct, through, to }: Omit<PingAnswer, 'sequence' | 'rttMs'>): string {
  const router = through === undefined ? '' : ` through ${through.slice(0, 8)}`
  if (way === 'channel') return `over a channel${router}`
  return direct === true ? `direct, ${to}` : `by labels${router}, ${to}`
}

function rangeText(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  const shown = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].flatMap((each) => each ?? [])
  return shown.length === 0 ? '' : `; least, median, most: ${shown.map(millisecondsText).join(', ')}`
}
