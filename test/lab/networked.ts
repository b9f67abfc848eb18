// For tests that need network namespaces: `networked(test)` registers a test where they can be made, and a skipped one
// elsewhere, which counts as failed where the network is required. Importing this may start the program again inside an
// unprivileged user namespace.

import type { Callback, Test } from 'uvu'
import { enterUserNamespace } from './enter.js'
import { whyNoNamespaces } from './namespaces.js'
import { told } from './told.js'

enterUserNamespace()
const reason = whyNoNamespaces()
if (reason !== undefined) console.log(`skipped: ${reason}`)

/** `test` itself, or its `skip`. */
export function networked<T>(test: Test<T>): (name: string, run: Callback<T>) => void {
  return reason === undefined ? told(test) : (name, run) => test.skip(name, run)
}
