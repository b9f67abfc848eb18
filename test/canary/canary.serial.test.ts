// Each harness finds the defect that is planted for it. `npm run canary` says how long each took.
// wall limit: 1500 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findAddon } from '../../node/addon.js'
import { withPython } from '../interop/python.js'
import { networked } from '../lab/networked.js'
import { defects } from './defects.js'
import { find } from './run.js'

const test = suite('canary')

/** Far longer than any of them takes on two busy cores. */
const limitMs = 300_000

const python = withPython(test)
const namespaces = networked(test)
const addon = findAddon().file === undefined ? test.skip : test
const ways = { python, namespaces, addon, nothing: test }

for (const defect of defects) {
  const add = ways[defect.needs ?? 'nothing']
  add(defect.name, async () => {
    const { missed, seconds } = await find(defect, limitMs)
    console.log(`${seconds.toFixed(1)} s: ${defect.name}`)
    assert.is(missed, undefined)
  })
}

test.run()
