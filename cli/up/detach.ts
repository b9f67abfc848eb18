// `runnel up --detach`: starts the same command in the background, its output in HOME/node.log, and returns when the node
// is ready; or says why it is not.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fchmodSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { RunnelError, toRunnelError } from '../../errors/index.js'
import type { Invocation } from '../command.js'
import { announce } from './announce.js'
import { parentVariable, type Told } from './parent.js'
import { shownOnce } from './phrases.js'

/** A log of more bytes than this is put aside (as node.log.1) before the next start. */
const logLimitBytes = 16 * 1024 * 1024

export async function startDetached(invocation: Invocation): Promise<void> {
  // A wrong setting is told here, and not in the log.
  await invocation.settings()
  const logPath = join(invocation.home, 'node.log')
  const child = startChild(invocation, logPath)
  const told = await firstWord(child, logPath, invocation.signal)
  if (told.error !== undefined) throw RunnelError.fromJSON(told.error)
  child.unref()
  if (told.phrases !== undefined) invocation.output.line(shownOnce(told.phrases))
  for (const note of told.notes ?? []) invocation.output.note(note)
  if (told.ready !== undefined) announce(invocation.output, told.ready)
  invocation.output.note(`in the background, log in ${logPath}; \`runnel stop\` ends it`)
}

function startChild(invocation: Invocation, logPath: string): ChildProcess {
  const log = openLogFile(invocation.home, logPath)
  const showsPhrases = invocation.output.terminal && !invocation.output.json
  const command = [...process.execArgv, process.argv[1] ?? '', ...invocation.line.filter((word) => word !== '--detach')]
  try {
    return spawn(process.execPath, command, {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, [parentVariable]: showsPhrases ? 'terminal' : 'other' },
    })
  } finally {
    closeSync(log)
  }
}

function openLogFile(home: string, path: string): number {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > logLimitBytes) renameSync(path, `${path}.1`)
    const file = openSync(path, 'a', 0o600)
    fchmodSync(file, 0o600)
    return file
  } catch (cause) {
    throw toRunnelError(cause, `open ${path}`)
  }
}

/** What the node tells first; rejects when it ends without a word. */
function firstWord(child: ChildProcess, logPath: string, signal: AbortSignal): Promise<Told> {
  return new Promise((resolve, reject) => {
    const stop = (): void => void child.kill('SIGTERM')
    signal.addEventListener('abort', stop, { once: true })
    const settled = (): void => signal.removeEventListener('abort', stop)
    child.once('message', (told) => {
      settled()
      resolve(told as Told)
    })
    child.once('error', (cause) => {
      settled()
      reject(toRunnelError(cause, 'start the node'))
    })
    child.once('exit', (code, killedBy) => {
      settled()
      const how = killedBy === null ? `with exit code ${code}` : `by ${killedBy}`
      reject(new RunnelError('INTERNAL', `the node ended ${how} before it was ready; see ${logPath}`))
    })
  })
}
