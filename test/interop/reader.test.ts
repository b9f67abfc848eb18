// The reader in Python, written from docs/protocol.md alone, reads from a router of this repository: name, certificate and
// card, a public folder, an unlisted one, and logs, also when the publisher is gone. And it refuses what is wrong.

// wall limit: 320 s
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { run, withPython } from './python.js'

const test = suite('interop: reader')
const check = withPython(test)

check('refuses streams that are wrong in one place each, and reads the right ones', () => {
  const { status, output } = run('check_refusals.py')
  assert.is(status, 0, output)
  assert.match(output, /^OK$/m)
})

check('reads folders and logs, public and unlisted, from a router whose publisher is gone', () => {
  const { status, output } = run('check.sh')
  assert.is(status, 0, output)
  assert.match(output, /^OK$/m)
})

test.run()
