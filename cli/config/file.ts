// The configuration file, HOME/config.toml. Whatever is wrong with it is BAD_CONFIG with the line, and for an unknown key
// the nearest one there is.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RunnelError, toRunnelError } from '../../errors/index.js'
import { nearest } from '../nearest.js'
import { clean } from '../text.js'
import { type SettingName, settingNames, settings } from './settings.js'

export function configPath(home: string): string {
  return join(home, 'config.toml')
}

/** The values that the file gives, checked; none when there is no file. Throws BAD_CONFIG, PERMISSION or IO. */
export async function readConfig(home: string): Promise<ReadonlyMap<SettingName, unknown>> {
  const path = configPath(home)
  let source: string
  try {
    source = await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Map()
    throw toRunnelError(cause, `read ${path}`)
  }
  const { parse, TomlError } = await import('smol-toml')
  let table: Record<string, unknown>
  try {
    table = parse(source)
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    const [what] = cause.message.split('\n')
    throw wrong(path, cause.line, (what ?? '').replace(/^Invalid TOML document: /, ''))
  }
  return new Map(Object.entries(table).map(([key, value]) => readKey(path, source, key, value)))
}

function readKey(path: string, source: string, key: string, value: unknown): [SettingName, unknown] {
  const line = lineOf(source, key)
  const name = settingNames.find((known) => known === key)
  if (name === undefined) {
    const meant = nearest(key, settingNames)
    throw wrong(path, line, `there is no key ${clean(key)}${meant === undefined ? '' : `; did you mean ${meant}?`}`)
  }
  const { kind } = settings[name]
  const read = kind.read(value)
  if (read === undefined) throw wrong(path, line, `${name} must be ${kind.expects}`)
  return [name, read]
}

/** The line (from 1) where a key or a table of that name stands; undefined where it is written another way. */
function lineOf(source: string, key: string): number | undefined {
  const found = source.split('\n').findIndex((line) => /^\s*\[*\s*["']?([^"'\s.=\]]+)["']?/.exec(line)?.[1] === key)
  return found < 0 ? undefined : found + 1
}

function wrong(path: string, line: number | undefined, what: string): RunnelError {
  return new RunnelError('BAD_CONFIG', `${path}${line === undefined ? '' : `:${line}`}: ${what}`)
}
