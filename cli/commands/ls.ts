// `runnel ls`: what a folder holds.

import type { FolderItem } from '../../api/index.js'
import { argument, type Invocation } from '../command.js'
import { readOptions, withNode } from '../open.js'
import { clean } from '../text.js'
import { tellTrust } from '../trust.js'

const letters = { file: '-', directory: 'd', symlink: 'l' } as const

export async function run(invocation: Invocation): Promise<void> {
  const { output, signal } = invocation
  const reading = await readOptions(invocation)
  await withNode(invocation, async (node) => {
    const call = node.caller.items('list', { link: argument(invocation, 0), ...reading }, { signal })
    for await (const item of call) {
      if (output.json) output.record(item)
      else output.line(lineOf(item))
    }
    tellTrust(output, (await call.result).head)
  })
}

function lineOf({ name, kind, mode, bytes, target }: FolderItem): string {
  const size = kind === 'file' ? String(bytes) : ''
  const tail = kind === 'directory' ? '/' : target === undefined ? '' : ` -> ${clean(target)}`
  return `${letters[kind]}${modeText(mode)}  ${size.padStart(12)}  ${clean(name)}${tail}`
}

function modeText(mode: number): string {
  return [6, 3, 0]
    .flatMap((shift) => [...'rwx'].map((letter, index) => ((mode >> shift) & (4 >> index) ? letter : '-')))
    .join('')
}
