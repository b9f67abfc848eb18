// A bounded exploration of every decoder (exploration.ts).
// wall limit: 400 s

import { suite } from 'uvu'
import { addExploration } from './exploration.js'

const test = suite('fuzz/decoders')

addExploration(test, 'decoder', process.argv.slice(2))

test.run()
