// `npm run bench -- readers`: what a reader behind three routers has of their caches, as root, beside what a user would take
// instead.

import type { Scenario } from '../frame/scenario.js'
import { fairPublishers, fairReaders } from './fairness.js'
import { hopsScenario } from './hops.js'
import { liveTailScenario } from './live.js'
import { lossScenario } from './loss.js'
import { fileReading, filesReading, folderReading } from './reading.js'
import { restartScenario } from './restart.js'

export const readerScenarios: readonly Scenario[] = [
  folderReading,
  filesReading,
  fileReading,
  hopsScenario,
  lossScenario,
  liveTailScenario,
  restartScenario,
  fairReaders,
  fairPublishers,
]
