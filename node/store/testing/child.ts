// A process that a test starts, and may kill: takes the lock of a home, or appends to its store for ever.
// Says each step as a line on its standard output.

import { readFileSync } from 'node:fs'
import { isRunnelError } from '../../../errors/index.js'
import { lockHome } from '../lock.js'
import { openRealFiles } from '../real-files.js'
import { openStore } from '../store.js'
import { systemTime } from '../time.js'
import { chunkItem, crypto, SampleLog } from './samples.js'

const [, , what, home = ''] = process.argv

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Takes the lock when a line comes, and holds it until the end of input. */
async function lock(): Promise<void> {
  say('ready')
  readFileSync(0, { flag: 'r' })
  try {
    await lockHome(home)
    say('won')
  } catch (thrown) {
    say(isRunnelError(thrown) ? thrown.code : String(thrown))
  }
  setInterval(() => {}, 1 << 30)
}

/** Commits one after the other, and says the number of each that was acknowledged. */
async function append(): Promise<void> {
  const files = openRealFiles()
  const randomBytes = (length: number): Uint8Array => globalThis.crypto.getRandomValues(new Uint8Array(length))
  const store = await openStore({
    home,
    files,
    crypto,
    randomBytes,
    cacheBytes: 0,
    time: systemTime,
    segmentBytes: 1 << 20,
  })
  const log = new SampleLog(1, 20_000)
  say('open')
  for (let number = 0; ; number++) {
    const key = new Uint8Array([number >> 8, number])
    await store.commit([
      ...log.append(100).items,
      chunkItem(number, 5000),
      { type: 'value', key: 'number', bytes: key },
    ])
    say(String(number))
  }
}

await (what === 'lock' ? lock() : append())
