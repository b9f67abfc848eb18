// Loaded into a node's process before everything else (`node --import`): its wall clock is off by as many milliseconds as a
// file says, which may change while it runs. Its monotonic clock stays as it is, as it does when somebody sets the time.

import { readFileSync } from 'node:fs'
import { clockVariable } from './wrong-clock.js'

const path = process.env[clockVariable] ?? ''
const rightMs = Date.now
let aheadMs = read()

function read(): number {
  return Number(readFileSync(path, 'utf8'))
}

setInterval(() => {
  aheadMs = read()
}, 20).unref()

Date.now = () => rightMs() + aheadMs
