// `runnel allow` and `runnel deny`: what may come in by packets, and from whom. Without arguments: the rules that there are.

import type { NodeClient, TrafficRule } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { argument, type Invocation } from '../command.js'
import { withNode } from '../open.js'
import { clean } from '../text.js'

export function run(invocation: Invocation): Promise<void> {
  return rule(invocation, 'allow')
}

/** The same for either. */
export async function rule(invocation: Invocation, action: TrafficRule['action']): Promise<void> {
  const { output, signal } = invocation
  const remove = invocation.flags.remove === true
  if (invocation.arguments.length === 0) {
    if (remove) throw new RunnelError('BAD_ARGUMENT', '--remove takes the rule that is to go')
    return withNode(invocation, (node) => list(node, invocation))
  }
  const traffic = readTraffic(invocation)
  const { rule } = await withNode(invocation, (node) => {
    return node.caller.call('setRule', { action, ...traffic, ...(remove ? { remove } : {}) }, { signal })
  })
  if (output.json) output.record(rule)
  else output.line(`${remove ? 'removed: ' : ''}${ruleText(rule)}`)
}

async function list(node: NodeClient, { output, signal }: Invocation): Promise<void> {
  for await (const rule of node.caller.items('rules', {}, { signal })) {
    if (output.json) output.record(rule)
    else output.line(ruleText(rule))
  }
}

/** As a person writes it. */
export function ruleText({ action, protocol, port, from }: TrafficRule): string {
  return `${action} ${protocol}${port === undefined ? '' : `/${port}`} from ${clean(from)}`
}

function readTraffic(invocation: Invocation): Omit<TrafficRule, 'action'> {
  const [what, from, who] = [0, 1, 2].map((index) => argument(invocation, index))
  const [, protocol, digits] = /^(tcp|udp|icmp|any)(?:\/(\d{1,5}))?$/.exec(what ?? '') ?? []
  if (protocol === undefined || from !== 'from' || who === undefined || who === '') {
    throw new RunnelError('BAD_ARGUMENT', `${invocation.arguments.join(' ')} is no rule`, {
      hint: 'Write tcp/22 from NAME: tcp, udp, icmp or any, a port or none, and a name, a petname, group:GROUP or anybody.',
    })
  }
  const port = digits === undefined ? {} : { port: Number(digits) }
  return { protocol: protocol as TrafficRule['protocol'], ...port, from: who }
}
