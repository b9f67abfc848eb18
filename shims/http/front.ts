// The page at the suffix itself: what this is, and how to write an address.

import { escapeHtml, pageEnd, pageHead } from './html.js'

export function frontPage(around: string): string {
  const row = (place: string, is: string): string => {
    return `<tr><td><code>${escapeHtml(`http://${place}${around}/`)}</code></td><td>${is}</td></tr>\n`
  }
  return `${pageHead('Runnel')}<p>What is published under a name is shown at the name's own address: every byte was signed by its
publisher and checked here, whichever node it came from.</p>
<table>
${row('NAME', 'the site of a name')}${row('LABEL.NAME', 'one of its other streams')}${row('PETNAME', 'a name that you gave a petname')}</table>
<p>A log of entries is shown as lines; entry 42 is at <code>/42</code>. Unlisted streams are not shown here, because an
address is no place for a secret: <code>runnel get LINK</code> reads them.</p>
${pageEnd}`
}
