// `runnel config show`: every setting with its value and where it came from.

import type { Invocation } from '../command.js'
import { configPath } from '../config/file.js'
import type { Kind } from '../config/kinds.js'
import { settingNames, settings } from '../config/settings.js'
import { clean, columns } from '../text.js'

export async function run(invocation: Invocation): Promise<void> {
  const { output } = invocation
  const [values, origins] = await Promise.all([invocation.settings(), invocation.origins()])
  const rows: string[][] = []
  for (const key of settingNames) {
    const { kind, variable } = settings[key]
    const value = values[key]
    const from = origins.get(key) ?? 'default'
    if (output.json) output.record({ key, value: value ?? null, from, variable })
    else rows.push([key, clean((kind as Kind<unknown>).show(value)) || '-', from === 'environment' ? variable : from])
  }
  for (const line of columns(rows)) output.line(line)
  output.note(`the file is ${configPath(invocation.home)}`)
}
