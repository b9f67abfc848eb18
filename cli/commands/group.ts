// `runnel group`: groups of names, for rules about what may come in. They stay on this node.

import { RunnelError } from '../../errors/index.js'
import { argument, type Invocation } from '../command.js'
import { withNode } from '../open.js'
import { clean, columns } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const [group, name] = [argument(invocation, 0), argument(invocation, 1)]
  const remove = invocation.flags.remove === true
  if (remove && name === '') throw new RunnelError('BAD_ARGUMENT', '--remove takes the group and the name')
  await withNode(invocation, async (node) => {
    if (name !== '') {
      const member = await node.caller.call('setMember', { group, name, ...(remove ? { remove } : {}) }, { signal })
      if (output.json) output.record(member)
      else output.line(`${remove ? 'removed: ' : ''}${clean(member.group)}  ${clean(member.name)}`)
      return
    }
    const found: string[][] = []
    for await (const member of node.caller.items('groups', {}, { signal })) {
      if (group !== '' && member.group !== group) continue
      if (output.json) output.record(member)
      else found.push([clean(member.group), clean(member.name)])
    }
    for (const line of columns(found)) output.line(line)
    if (found.length === 0 && !output.json)
      output.note(group === '' ? 'there are no groups' : `nobody is in the group ${clean(group)}`)
  })
}
