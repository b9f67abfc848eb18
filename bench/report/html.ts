// Pieces of a page: text from results is text on the page, never markup.

import { escapeHtml as plain } from '../../shims/http/html.js'

export { plain }

/** Text in which backquotes mark code, as in Markdown. */
export function inline(text: string): string {
  return plain(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}

/** Cells are markup. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, all: readonly string[]): string => all.map((cell) => `<${tag}>${cell}</${tag}>`).join('')
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')
  return `<div class="wide"><table><thead><tr>${cells('th', heading)}</tr></thead><tbody>\n${body}\n</tbody></table></div>`
}

export function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${item}</li>`).join('\n')}</ul>`
}

/** JSON that can stand inside of a script element. */
export function json(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c')
}
