// `runnel deny`: what may not come in, whatever is allowed.

import type { Invocation } from '../command.js'
import { rule } from './allow.js'

export function run(invocation: Invocation): Promise<void> {
  return rule(invocation, 'deny')
}
