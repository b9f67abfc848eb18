// The seeds on disk: one file a key in HOME/keys, 64 hex digits and a line end, mode 0600, flushed before anything is
// signed with it. A file that is not exactly that is DAMAGED and never overwritten.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { RunnelError, toRunnelError } from '../../errors/index.js'
import { fromHex, toHex } from '../../stack/bytes/index.js'

export type KeyName = 'device' | 'rung-0'

/** The seed of this name, or undefined when there is none. */
export function readSeed(home: string, name: KeyName): Uint8Array | undefined {
  const path = join(home, 'keys', name)
  let text: string
  try {
    text = readFileSync(path, 'latin1')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new RunnelError('PERMISSION', `the key ${path} cannot be read`, { cause })
  }
  const seed = /^[0-9a-f]{64}\n$/.test(text) ? fromHex(text.slice(0, 64)) : undefined
  if (seed === undefined) {
    throw new RunnelError('DAMAGED', `the key file ${path} is damaged`, {
      hint: 'Restore the file from a backup of this home, or restore the name with a recovery phrase.',
    })
  }
  return seed
}

/** Writes a seed so that it is whole or absent after any crash; replaces one of the same name. Throws DISK_FULL, IO. */
export function writeSeed(home: string, name: KeyName, seed: Uint8Array): void {
  const path = join(home, 'keys', name)
  try {
    writeWhole(path, `${toHex(seed)}\n`)
    flushDirectory(join(home, 'keys'))
  } catch (cause) {
    throw toRunnelError(cause, `the key ${path}`)
  }
}

/**
 * Keeps a seed that belongs to no name that the store knows: of a first start that was killed, or of a name whose store
 * was lost. Only its owner can tell which.
 */
export function setSeedAside(home: string, name: KeyName, nowMs: number): void {
  const path = join(home, 'keys', name)
  try {
    renameSync(path, `${path}.before-${nowMs}`)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw toRunnelError(cause, `the key ${path}`)
  }
}

function writeWhole(path: string, text: string): void {
  const temporary = `${path}.new`
  const file = openSync(temporary, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}

function flushDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
