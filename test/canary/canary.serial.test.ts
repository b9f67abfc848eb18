// Each harness finds the defect that is planted for it. `npm run canary` says how long each took.
// wall limit: 1500 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findAddon } from '../../node/addon.js'
import { withPython } from '../interop/python.js'
import { whyNoNamespaces } from '../lab/namespaces.js'
import { networked } from '../lab/networked.js'
import { defects } from './defects.js'
import { findAll } from './pool.js'

const test = suite('canary')

/** Far longer than any of them takes on two busy cores. */
const limitMs = 300_000

const python = withPython(test)
const namespaces = networked(test)
const addon = findAddon().file === undefined ? test.skip : test
const ways = { python, namespaces, addon, nothing: test }

const here = {
  python: python === test,
  namespaces: whyNoNamespaces() === undefined,
  addon: addon === test,
  nothing: true,
}

const findings = findAll(
  defects.filter(({ needs }) => here[needs ?? 'nothing']),
  limitMs,
)
for (const defect of defects) {
  const add = ways[defect.needs ?? 'nothing']
  const begun = findings.find((each) => each.defect === defect)
  add(defect.name, async () => {
    assert.ok(begun, 'it was begun')
    const { missed, seconds } = await begun.finding
    console.log(`${seconds.toFixed(1)} s: ${defect.name}`)
    assert.is(missed, undefined)
  })
}

test.run()
