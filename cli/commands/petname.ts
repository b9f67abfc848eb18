// `runnel petname`: names by words of one's own. They stay on this node and mean nothing to others.

import { RunnelError } from '../../errors/index.js'
import { argument, type Invocation } from '../command.js'
import { withNode } from '../open.js'
import { clean, columns } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output } = invocation
  const petname = argument(invocation, 0).replace(/^@/, '')
  const name = nameOf(argument(invocation, 1))
  const remove = invocation.flags.remove === true
  if (remove && (petname === '' || name !== '')) {
    throw new RunnelError('BAD_ARGUMENT', '--remove takes the petname, and no name')
  }
  await withNode(invocation, async (node) => {
    if (remove) return node.setPetname(petname, '')
    if (name !== '') return node.setPetname(petname, name)
    const all = (await node.petnames()).filter((one) => petname === '' || one.petname === petname)
    if (petname !== '' && all.length === 0) {
      throw new RunnelError('NOT_FOUND', `there is no petname ${petname}`, {
        hint: '`runnel petname` lists those that there are.',
      })
    }
    if (output.json) for (const one of all) output.record(one)
    else for (const line of columns(all.map((one) => [`@${clean(one.petname)}`, clean(one.name)]))) output.line(line)
  })
}

/** The name in a link to one of its streams: what one has at hand is mostly a link. Anything else is left as it is. */
function nameOf(text: string): string {
  return /^(?:[a-z0-9-]{1,63}\.)?([a-z2-7]{56})$/i.exec(text)?.[1] ?? text
}
