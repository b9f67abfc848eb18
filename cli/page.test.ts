// The page that users read says what the command does.

import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { settingNames, settings } from './config/settings.js'
import { cliPage } from './page.js'
import { makeProgram } from './program.js'

const test = suite('command page')

test('docs/reference/cli.md is what the table says; `npm run docs` writes it', () => {
  const page = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8')
  assert.ok(page === cliPage(), 'docs/reference/cli.md is out of date: run `npm run docs`')
})

test('every flag that the parser takes stands in the section of its command', () => {
  const page = cliPage()
  const program = makeProgram(async () => {})
  const leaves = program.commands.flatMap((command) =>
    command.commands.length === 0
      ? [{ name: command.name(), command }]
      : command.commands.map((leaf) => ({ name: `${command.name()} ${leaf.name()}`, command: leaf })),
  )
  for (const { name, command } of leaves) {
    const section = page.slice(page.indexOf(`### ${name}\n`)).split('\n##')[0] ?? ''
    assert.match(section, `runnel ${name}`)
    for (const option of command.options.filter(({ hidden }) => !hidden)) assert.match(section, `\`${option.flags}\``)
  }
})

test('every setting stands there with its variable', () => {
  for (const name of settingNames)
    assert.match(cliPage(), `| \`${name}\` | \`${settings[name].flags}\` | \`${settings[name].variable}\``)
})

test('every link leads somewhere', () => {
  const api = readFileSync(new URL('../../docs/reference/api.md', import.meta.url), 'utf8')
  for (const [, method] of cliPage().matchAll(/api\.md#(\w+)/g)) assert.match(api, `### ${method}\n`)
})

test.run()
