// `runnel allow` and `runnel deny`: what may come in by packets, and from whom. Without arguments: the rules that there are.

import type { NodeClient, TrafficRule } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { argument, type Invocation } from '../command.js'
import { withNode } from '../open.js'
import { clean } from '../text.js'

/** Before the name of a group in a rule. */
const groupPrefix = 'group:'

const maxPort = 65_535

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
  const { rule, nobody } = await withNode(invocation, async (node) => {
    const { rule } = await node.caller.call(
      'setRule',
      { action, ...traffic, ...(remove ? { remove } : {}) },
      { signal },
    )
    return { rule, nobody: !remove && (await isEmptyGroup(node, rule.from, signal)) }
  })
  if (output.json) output.record(rule)
  else output.line(`${remove ? 'removed: ' : ''}${ruleText(rule)}`)
  if (nobody)
    output.note(
      `nobody is in ${clean(rule.from)} yet: \`runnel group ${clean(rule.from.slice(groupPrefix.length))} NAME\` puts a name into it`,
    )
}

/** A rule about a group may be older than its first member; a typing error in the group looks the same. */
async function isEmptyGroup(node: NodeClient, from: string, signal: AbortSignal): Promise<boolean> {
  if (!from.startsWith(groupPrefix)) return false
  const group = from.slice(groupPrefix.length)
  for await (const member of node.caller.items('groups', {}, { signal })) if (member.group === group) return false
  return true
}

async function list(node: NodeClient, { output, signal }: Invocation): Promise<void> {
  let count = 0
  for await (const rule of node.caller.items('rules', {}, { signal })) {
    count += 1
    if (output.json) output.record(rule)
    else output.line(ruleText(rule))
  }
  if (count === 0 && !output.json)
    output.note('there are no rules: nothing comes in but an echo, and what answers something that began here')
}

/** As a person writes it. */
export function ruleText({ action, protocol, port, from }: TrafficRule): string {
  return `${action} ${protocol}${port === undefined ? '' : `/${port}`} from ${clean(from)}`
}

function readTraffic(invocation: Invocation): Omit<TrafficRule, 'action'> {
  const [what, from, who] = [0, 1, 2].map((index) => argument(invocation, index))
  const [, protocol, digits] = /^(tcp|udp|icmp|stream|any)(?:\/(\d{1,5}))?$/.exec(what ?? '') ?? []
  if (protocol === undefined || from !== 'from' || who === undefined || who === '') {
    throw new RunnelError('BAD_ARGUMENT', `${invocation.arguments.join(' ')} is no rule`, {
      hint: 'Write tcp/22 from NAME: tcp, udp, icmp, stream or any, a port or none, and a name, a petname, group:GROUP or anybody.',
    })
  }
  const port = digits === undefined ? {} : { port: Number(digits) }
  const hasPorts = protocol !== 'icmp' && protocol !== 'stream'
  if (port.port === 0 || (port.port ?? 0) > maxPort || (!hasPorts && digits !== undefined)) {
    throw new RunnelError('BAD_ARGUMENT', `${what} is nothing that a rule can be about`, {
      hint: 'A port is 1 to 65535, as in tcp/22; icmp and stream have none.',
    })
  }
  return { protocol: protocol as TrafficRule['protocol'], ...port, from: who }
}
