// `npm run demo`: three stories on real files across a real network. Each claim is checked; the table shows who served what.
// Exits non-zero when a claim fails, and removes what it made.

import { enterUserNamespace } from '../lab/enter.js'
import { withInterface, withLabels } from '../lab/unmodified.js'
import { Village } from '../lab/village.js'
import { packetsStory } from './packets-story.js'
import { Claims, table } from './report.js'
import { Stage } from './stage.js'
import { villageStory } from './village-story.js'
import { waitingStory } from './waiting-story.js'

const uplinkMegabits = 50

enterUserNamespace()
const village = await Village.open(['a', 'b', 'c', 'd'], ['--custody', '1G', '--inboxes', '64M'], () => withLabels)
const stage = new Stage(village, new Claims())

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void village.close().finally(() => process.exit(130)))
}
try {
  await open()
  const { name, readme } = await villageStory(stage)
  if (stage.counted) await packetsStory(stage, name, readme)
  await waitingStory(stage)
} catch (error) {
  stage.claims.check(`the story runs to its end (${error instanceof Error ? error.message : String(error)})`, false)
} finally {
  await village.close()
}
console.log(table(stage.rows))
console.log(stage.claims.summary())
process.exitCode = stage.claims.failed === 0 ? 0 : 1

async function open(): Promise<void> {
  console.log(
    stage.counted
      ? `a – router – {b, c, d} in network namespaces, the uplink of a shaped to ${uplinkMegabits} Mbit/s`
      : `plain loopback, nothing is shaped and no kernel counter is read: ${village.lab.reason}`,
  )
  village.host('a').shape(uplinkMegabits)
  await Promise.all(['a', 'b', 'c', 'd'].map((host) => village.up(host, [], stage.counted ? withInterface : {})))
}
