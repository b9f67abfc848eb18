// One node a home: of any number of processes that start at once exactly one gets the lock, and the lock of a process that
// has ended is taken over, however it ended. Works across network namespaces, and needs nothing but link(2).
//
// A lock file holds the identity of its owner and never changes. Whoever finds that the owner of token T is dead claims
// `lock.T`, which link(2) gives to one process only; the claim is then the lock, and may be taken over in turn. So locks
// form a chain from `lock` on, and the end of the chain is the owner. An owner puts itself at the beginning and removes the
// rest. A claim that was made on an outdated view of the chain is found by walking it once more, and given up.
//
// A lock also holds which file it is. One that was copied with its home is another file, and its owner runs elsewhere.

import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { RunnelError, toRunnelError } from '../../errors/index.js'
import type { Lock } from './files.js'
import { decodeIdentity, encodeIdentity, isRunning, ownIdentity, type ProcessIdentity } from './process-identity.js'

/** Rounds against others that start at the same time; each round lost means that somebody else got a step further. */
const ROUNDS_MAX = 64

/** A node that we cannot see, and that does not answer yet, is taken for alive this long after it took the lock (ms). */
const UNSEEN_START_MS = 60_000

interface Chain {
  /** Where the next claim goes. */
  readonly claim: string
  readonly owner: ProcessIdentity | undefined
  /** The file of the owner, and which one it is. */
  readonly path: string
  readonly file: string
  readonly tokens: readonly string[]
}

/** Takes the lock of a home. Throws NODE_RUNNING when another process, or this one, holds it. */
export async function lockHome(home: string): Promise<Lock> {
  const own = ownIdentity()
  const lock = join(home, 'lock')
  const temporary = join(home, `lock.new-${own.token}`)
  try {
    writeIdentity(temporary, own)
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const chain = walk(home)
      if (chain.path !== '' && (await isAlive(home, chain, own, temporary))) throw running(chain)
      if (!claim(temporary, chain.claim, own)) continue
      if (!walk(home).tokens.includes(own.token)) {
        remove(chain.claim)
        continue
      }
      if (chain.claim !== lock) renameSync(temporary, lock)
      clean(home)
      return { release: once(() => tryToRemove(lock)) }
    }
    throw new RunnelError('NODE_RUNNING', `too many nodes start on ${home} at once`)
  } catch (thrown) {
    throw toRunnelError(thrown, `lock ${home}`)
  } finally {
    tryToRemove(temporary)
  }
}

function walk(home: string): Chain {
  const lock = join(home, 'lock')
  const tokens: string[] = []
  let path = ''
  let file = ''
  let owner: ProcessIdentity | undefined
  let next = lock
  // A token is never its own successor, but files can be forged by hand.
  while (tokens.length < ROUNDS_MAX) {
    const found = readLock(next)
    if (found === undefined) break
    path = next
    file = found.file
    owner = decodeIdentity(found.text)
    const token = owner?.token ?? 'unreadable'
    tokens.push(token)
    next = join(home, `lock.${token}`)
  }
  return { claim: next, owner, path, file, tokens }
}

/** Whether the exclusive claim was ours. */
function claim(temporary: string, path: string, own: ProcessIdentity): boolean {
  try {
    linkSync(temporary, path)
    return true
  } catch (thrown) {
    const code = codeOf(thrown)
    if (code === 'EEXIST') return false
    if (code !== 'ENOENT') throw thrown
    // Whoever won has cleaned up ours as well: the next walk will meet it.
    writeIdentity(temporary, own)
    return false
  }
}

async function isAlive(home: string, chain: Chain, own: ProcessIdentity, temporary: string): Promise<boolean> {
  // A lock is linked only when it is whole, so an unreadable one was cut by a power loss.
  const { owner, file } = chain
  if (owner === undefined) return false
  // Copied: whatever process it names runs on the home that it was copied from. A file system may give a file another
  // number each time it is asked, though; then the owner is known by its answer.
  if (owner.file !== undefined && owner.file !== file) return answers(join(home, 'runnel.sock'))
  const state = isRunning(owner, own)
  if (state !== 'unknown') return state
  return youngerThan(chain.path, temporary) || (await answers(join(home, 'runnel.sock')))
}

/** By the clock of the file system. */
function youngerThan(path: string, now: string): boolean {
  const then = statSync(path, { throwIfNoEntry: false })
  const present = statSync(now, { throwIfNoEntry: false })
  return then === undefined || present === undefined || present.mtimeMs - then.mtimeMs < UNSEEN_START_MS
}

/** Whether somebody listens on a Unix socket, in whatever namespace. A socket whose owner is gone refuses. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(codeOf(error))))
  })
}

function running({ owner, path }: Chain): RunnelError {
  const who = owner === undefined ? 'another process' : `process ${owner.pid}`
  return new RunnelError('NODE_RUNNING', `${who} runs a node on this home (${path})`, {
    details: { pid: owner?.pid ?? 0 },
  })
}

/** Removes what earlier owners and losers left. Claims that are made on it from now on are found outdated by their makers. */
function clean(home: string): void {
  for (const name of readdirSync(home)) {
    if (name.startsWith('lock.')) remove(join(home, name))
  }
}

/** A second release must not free the lock of whoever came after us. */
function once(action: () => void): () => void {
  let done = false
  return () => {
    if (!done) action()
    done = true
  }
}

/** The file exists before it says which one it is, and stays the same one when it is linked and renamed. */
function writeIdentity(path: string, own: ProcessIdentity): void {
  const handle = openSync(path, 'w', 0o600)
  try {
    writeFileSync(handle, encodeIdentity({ ...own, file: fileOf(handle) }))
  } finally {
    closeSync(handle)
  }
}

function readLock(path: string): { text: string; file: string } | undefined {
  let handle: number
  try {
    handle = openSync(path, 'r')
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw thrown
  }
  try {
    return { text: readFileSync(handle, 'utf8'), file: fileOf(handle) }
  } finally {
    closeSync(handle)
  }
}

function fileOf(handle: number): string {
  const { dev, ino } = fstatSync(handle, { bigint: true })
  return `${dev}:${ino}`
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown
  }
}

/** What stays is stale when this process has ended, and cleaned up by the next owner. */
function tryToRemove(path: string): void {
  try {
    remove(path)
  } catch {
    // A disk that has become read-only, for example.
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}
