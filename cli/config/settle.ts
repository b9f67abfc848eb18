// Which value counts: a flag before the environment, the environment before the file, the file before the default.

import { RunnelError } from '../../errors/index.js'
import type { Origin } from '../command.js'
import { readConfig } from './file.js'
import { type SettingName, type Settings, settingNames, settings } from './settings.js'

export interface Settled {
  readonly values: Settings
  readonly origins: ReadonlyMap<SettingName, Origin>
}

/**
 * Settles every setting. `flags` holds those that were given, by their keys. Throws BAD_ARGUMENT for a flag, BAD_CONFIG
 * for a variable or the file.
 */
export async function settle(
  home: string,
  flags: ReadonlyMap<SettingName, unknown>,
  environment: NodeJS.ProcessEnv,
): Promise<Settled> {
  const file = await readConfig(home)
  const origins = new Map<SettingName, Origin>()
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const name of settingNames) {
    const { kind, variable, default: preset } = settings[name]
    const fromEnvironment = environment[variable]
    if (flags.has(name)) {
      const value = kind.read(flags.get(name))
      if (value === undefined) throw new RunnelError('BAD_ARGUMENT', `--${name} must be ${kind.expects}`)
      values[name] = value
      origins.set(name, 'flag')
    } else if (fromEnvironment !== undefined && fromEnvironment !== '') {
      const value = kind.read(fromEnvironment)
      if (value === undefined) throw new RunnelError('BAD_CONFIG', `${variable} must be ${kind.expects}`)
      values[name] = value
      origins.set(name, 'environment')
    } else {
      values[name] = file.has(name) ? file.get(name) : preset
      origins.set(name, file.has(name) ? 'file' : 'default')
    }
  }
  return { values: values as unknown as Settings, origins }
}
