// The node in the foreground: from its options to its end. Ready is told once links are accepted and the API answers.

import { toRunnelError } from '../../errors/index.js'
import type { RunnelNode } from '../../node/index.js'
import type { Invocation } from '../command.js'
import { announce, lineOf, type Ready, readyOf } from './announce.js'
import { openEnding } from './ending.js'
import { openLog } from './log.js'
import { openNotify } from './notify.js'
import { parent } from './parent.js'
import { keepPhrases, shownOnce } from './phrases.js'

export async function runNode(invocation: Invocation): Promise<void> {
  const settings = await invocation.settings()
  const log = await openLog(settings['log-level'])
  const ending = openEnding()
  const { openNode } = await import('../../node/index.js')
  let node: RunnelNode
  try {
    node = await openNode({
      home: invocation.home,
      listen: settings.listen,
      upstream: settings.upstream,
      root: settings.root,
      cacheBytes: settings.cache,
      ...(settings.admit === undefined ? {} : { admit: settings.admit }),
      serveApi: true,
      log,
    })
  } catch (error) {
    ending.close()
    parent?.tell({ error: toRunnelError(error).toJSON() })
    throw error
  }
  const notify = openNotify(process.env)
  try {
    const ready = readyOf(node, invocation.home)
    tell(invocation, node, ready, settings['phrases-file'])
    notify.ready(lineOf(ready))
    // Which end comes first: the node's own (a client called `stop`, or it failed) or a signal.
    await Promise.race([node.ended, ending.asked])
    notify.stopping()
  } finally {
    await node.close()
    notify.close()
    ending.close()
  }
}

function tell(invocation: Invocation, node: RunnelNode, ready: Ready, phrasesFile: string | undefined): void {
  const { home, output } = invocation
  const { phrases } = node
  const notes = node.copied ? [copiedText] : []
  const keep = (): string[] => (phrases === undefined ? [] : keepPhrases(home, phrases, phrasesFile))
  if (parent !== undefined) {
    // The one who started this node has the terminal, so it shows the phrases; if it has gone, they are kept here.
    const shown = parent.terminal && phrasesFile === undefined && phrases !== undefined
    if (shown) parent.tell({ ready, notes, phrases }, () => void keep())
    else parent.tell({ ready, notes: [...notes, ...keep()] })
    return
  }
  if (phrases !== undefined && phrasesFile === undefined && output.terminal && !output.json)
    output.line(shownOnce(phrases))
  else notes.push(...keep())
  for (const note of notes) output.note(note)
  announce(output, ready)
}

const copiedText =
  'warning: this home is a copy of another one, or was restored: its streams go on in new logs, so that nothing is signed twice'
