// The node in the foreground: from its options to its end. Ready is told once links are accepted and the API answers.

import { readFile } from 'node:fs/promises'
import { toRunnelError } from '../../errors/index.js'
import type { CustodyOptions, NodeOptions, RunnelNode } from '../../node/index.js'
import type { Invocation } from '../command.js'
import type { Settings } from '../config/settings.js'
import { announce, lineOf, type Ready, readyOf } from './announce.js'
import { openEnding } from './ending.js'
import { openLog } from './log.js'
import { openNotify } from './notify.js'
import { parent } from './parent.js'
import { forgetPhrases, keepPhrases, shownOnce } from './phrases.js'
import { openShims, type Shims } from './shims.js'

export async function runNode(invocation: Invocation): Promise<void> {
  const settings = await invocation.settings()
  const log = await openLog(settings['log-level'])
  const ending = openEnding()
  const { openNode } = await import('../../node/index.js')
  let node: RunnelNode
  let phrases: readonly string[] | undefined
  let kept: readonly string[] = []
  let shims: Shims | undefined
  try {
    node = await openNode({
      home: invocation.home,
      listen: settings.listen,
      upstream: settings.upstream,
      root: settings.root,
      cacheBytes: settings.cache,
      routes: settings.routes,
      inbox: true,
      inboxBytes: settings.inboxes,
      inboxAt: settings['inbox-at'],
      ...(settings.admit === undefined ? {} : { admit: settings.admit }),
      custody: await custodyOf(settings),
      crypto: invocation.flags.requireNative === true ? 'native' : settings.crypto,
      serveApi: true,
      tun: tunOf(settings),
      isReady: () => shims?.isSettled() === true,
      log,
      // Before the name is on disk: however the start ends, they are not lost.
      handlePhrases: (given) => {
        phrases = given
        kept = keepPhrases(invocation.home, given, settings['phrases-file'])
      },
    })
  } catch (error) {
    for (const note of kept) invocation.output.note(note)
    ending.close()
    parent?.tell({ error: toRunnelError(error).toJSON() })
    throw error
  }
  const notify = openNotify(process.env)
  try {
    shims = await openShims(node, settings, log)
    const ready = readyOf(node, invocation.home, shims)
    tell(invocation, node, ready, { phrases: settings['phrases-file'] === undefined ? phrases : undefined, kept })
    notify.ready(lineOf(ready))
    // Which end comes first: the node's own (a client called `stop`, or it failed) or a signal.
    await Promise.race([node.ended, ending.asked])
    notify.stopping()
  } finally {
    await shims?.close()
    await node.close()
    notify.close()
    ending.close()
  }
}

function tunOf({ tun, 'tun-mtu': mtuBytes, http }: Settings): NodeOptions['tun'] {
  if (tun === 'off') return undefined
  return tun === 'labels' ? tun : { name: tun, mtuBytes, web: http.length > 0 }
}

async function custodyOf(settings: Settings): Promise<Partial<CustodyOptions>> {
  const { deny } = settings
  let lines: string[] = []
  if (deny !== undefined) {
    try {
      lines = (await readFile(deny, 'utf8')).split('\n')
    } catch (cause) {
      throw toRunnelError(cause, `read ${deny}`)
    }
  }
  return {
    totalBytes: settings.custody,
    clientBytes: settings['custody-client'],
    days: settings['custody-days'],
    from: settings['custody-from'],
    deny: lines,
    custodians: settings.custodian,
  }
}

/** `phrases`: to be shown where there is a terminal. `kept`: what was said when they were written to a file. */
function tell(
  invocation: Invocation,
  node: RunnelNode,
  ready: Ready,
  { phrases, kept }: { phrases: readonly string[] | undefined; kept: readonly string[] },
): void {
  const { home, output } = invocation
  const notes = node.copied ? [copiedText] : []
  if (parent !== undefined) {
    // The one who started this node has the terminal, so it shows the phrases; if it has gone, they are kept here.
    if (parent.terminal && phrases !== undefined) {
      forgetPhrases(home)
      parent.tell({ ready, notes, phrases }, () => void keepPhrases(home, phrases, undefined))
    } else parent.tell({ ready, notes: [...notes, ...kept] })
    return
  }
  if (phrases !== undefined && output.terminal && !output.json) {
    output.line(shownOnce(phrases))
    forgetPhrases(home)
  } else notes.push(...kept)
  for (const note of notes) output.note(note)
  announce(output, ready)
}

const copiedText =
  'warning: this home is a copy of another one, or was restored: its streams go on in new logs, so that nothing is signed twice'
