// Writes docs/reference/metrics.md from the table, so that the page and the code cannot disagree.

import { maxRequestBytes, maxScrapers } from './limits.js'
import { metrics } from './table.js'

/** The whole page, as Markdown. */
export function metricsPage(): string {
  return [opening, ...metrics.map(section)].join('\n')
}

const opening = `# Metrics

*This page is written by \`npm run docs\` from \`node/metrics/table.ts\`.*

A node shows what it counts in the text format of Prometheus (0.0.4), in two ways:

- \`runnel metrics\` prints them, through the API; nothing has to listen for it. The textfile collector of node-exporter reads what a timer writes: \`runnel metrics > runnel.prom.tmp && mv runnel.prom.tmp runnel.prom\`.
- \`HOME/metrics.sock\` (0600) answers \`GET /metrics\` by plain HTTP: \`curl --unix-socket HOME/metrics.sock http://localhost/metrics\`. \`runnel status\` says where it is. No address is listened on; a sidecar of the same user may pass it on. One request a connection, a head of at most ${maxRequestBytes} bytes, ${maxScrapers} connections at once; another path is 404, another method 405, anything else 400.

Names, types and labels are kept for good; new ones are added. Units stand in the names. Every series that can be known beforehand is there from the start, at 0. Counters begin at 0 with the node, advance while bytes flow, and do not go back when a link ends.

## All of them
`

function section({ name, type, help, labels, about }: (typeof metrics)[number]): string {
  const named = labels.length === 0 ? '' : ` Labels: ${labels.map((label) => `\`${label}\``).join(', ')}.`
  return `### ${name}\n\n${help} A ${type}.${named}${about === undefined ? '' : ` ${about}`}\n`
}
