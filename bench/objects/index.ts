// The bench of the object path: files, folders, objects, entries, starts. Folders come early: see `withoutRemoval`.

import type { Scenario } from '../frame/scenario.js'
import { entriesScenario } from './entries.js'
import { fileScenario } from './file.js'
import { folderScenario } from './folder.js'
import { idleScenario } from './idle.js'
import { objectScenario } from './object.js'
import { passingScenario } from './passing.js'
import { startScenario } from './start.js'

export const objectScenarios: readonly Scenario[] = [
  fileScenario,
  folderScenario,
  objectScenario,
  entriesScenario,
  startScenario,
  idleScenario,
  passingScenario,
]
