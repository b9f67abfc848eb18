// Writes docs/reference/errors.md from the table, so that the page and the code cannot disagree.

import { exitMeanings } from './exit.js'
import { type ErrorRow, errorTable } from './table.js'

/** The whole page, as Markdown. */
export function errorsPage(): string {
  const sections = Object.entries(errorTable).map(([code, row]) => section(code, row))
  return [opening, exitCodes(), '## Codes\n', ...sections].join('\n')
}

const opening = `# Errors

*This page is written by \`npm run docs\` from \`errors/table.ts\`.*

Every error that a program or a command meets is a \`RunnelError\` with these properties. A code keeps its meaning for good; branch on it, not on the message.

| property | is |
|---|---|
| \`code\` | one of the codes below |
| \`message\` | what happened here |
| \`blame\` | who can do something about it: \`caller\` (your program or command), \`peer\` (who sent or published it), \`network\` (the way there), \`local\` (this machine) |
| \`hint\` | what to do |
| \`errno\` | the nearest Unix error, for programs that expect one |
| \`details\` | facts as plain data, such as who was asked |
| \`cause\` | what led to it, where something did |
`

function exitCodes(): string {
  const rows = Object.entries(exitMeanings).map(([code, meaning]) => {
    const codes = Object.entries(errorTable).filter(([, row]) => String(row.exitCode) === code)
    return `| ${code} | ${meaning} | ${codes.map(([name]) => `[\`${name}\`](#${name.toLowerCase()})`).join(', ')} |`
  })
  return ['## Exit codes of the command\n', '| exit | means | errors |', '|---|---|---|', ...rows, ''].join('\n')
}

function section(code: string, row: ErrorRow): string {
  const facts = [`blame: ${row.blame}`, `exit code: ${row.exitCode}`, ...(row.errno ? [`errno: ${row.errno}`] : [])]
  return `### ${code}\n\n${capitalised(row.title)}.\n\n${row.hint}\n\n*${facts.join(' · ')}*\n`
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
