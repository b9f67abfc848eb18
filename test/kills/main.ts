// `npm run kills [-- --kills N] [--seed S]`: kills nodes under load and says what was found. Exit code 0 only when every
// promise was kept.

import { parseArgs } from 'node:util'
import { enterUserNamespace } from '../lab/enter.js'
import { whyNoNamespaces } from '../lab/namespaces.js'
import { type CampaignResult, runCampaign } from './campaign.js'

enterUserNamespace()
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string' } },
})
const kills = Number(values.kills)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
const reason = whyNoNamespaces()
if (reason !== undefined) console.log(`on loopback, without shaped links: ${reason}`)
console.log(`seed ${seed}, ${kills} kills`)
const started = performance.now()
try {
  const result = await runCampaign({ seed, kills, say: (line) => console.log(`  ${line}`) })
  console.log(summaryOf(result, (performance.now() - started) / 60_000))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function summaryOf(
  { kills: byName, whileOpening, entries, versions, openings, counts }: CampaignResult,
  minutes: number,
) {
  const sorted = [...openings].sort((a, b) => a - b)
  const at = (share: number): string => `${Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)} ms`
  return [
    `every promise was kept in ${minutes.toFixed(1)} minutes`,
    `killed: ${Object.entries(byName)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}; ${whileOpening} while opening`,
    `opened in ${at(0.5)} (median), ${at(0.95)} (of 20 one took longer), ${at(1)} (at most)`,
    `${entries} entries by ${counts.appends} answered appends, ${versions} versions of a folder`,
    `${counts.tails} tails, ${counts.gets} gets, ${counts.resumed} of them resumed; ${counts.excused} calls met a node that was down`,
  ].join('\n')
}
