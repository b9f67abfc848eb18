// Pages of the gateway itself. Every text that comes from outside is escaped, and shown without what could disturb its line.

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For text and attributes: without control characters and those that turn the direction of what follows. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** The beginning of a page; `title` is text. */
export function pageHead(title: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
td { padding: .1rem 1rem .1rem 0 } td + td { text-align: right; white-space: nowrap } code, mark { font-family: monospace }
</style></head><body>
<h1>${escapeHtml(title)}</h1>
`
}

export const pageEnd = '</body></html>\n'
