// A process that appends is killed at any moment: everything that it was told is there.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRealFiles } from './real-files.js'
import { openStore, type Store } from './store.js'
import { chunkOf, crypto, keyOf } from './testing/samples.js'
import { systemTime } from './time.js'

const test = suite('kill -9')
const child = fileURLToPath(new URL('./testing/child.js', import.meta.url))

// protocol.md §11 MUST: In `own` and `kept` it MUST be flushed
test('what a killed process acknowledged is there, and the home opens at once', async () => {
  const home = mkdtempSync(join(tmpdir(), 'runnel-kill-'))
  try {
    for (const kill of [1, 7, 40, 150, 400]) {
      const last = await appendUntilKilled(join(home, String(kill)), kill)
      const store = await open(join(home, String(kill)))
      const value = store.value('number')
      const stored = ((value?.[0] ?? 0) << 8) | (value?.[1] ?? 0)
      assert.ok(stored >= last, `${stored} of ${last}`)
      for (let number = 0; number <= stored; number++) {
        assert.equal(store.readChunk(chunkOf(number, 5000).name)?.bytes, chunkOf(number, 5000).bytes)
      }
      assert.ok(store.head(keyOf(1)) !== undefined)
      assert.equal(store.damage, [])
      await store.close()
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})

/** Kills it as soon as it has acknowledged so many commits; gives the last one that it acknowledged. */
async function appendUntilKilled(home: string, count: number): Promise<number> {
  const running = spawn(process.execPath, [child, 'append', home], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => running.once('exit', resolve))
  let last = -1
  for await (const line of createInterface({ input: running.stdout })) {
    if (line === 'open') continue
    last = Number(line)
    if (last === count) running.kill('SIGKILL')
  }
  await ended
  assert.ok(last >= count)
  return last
}

function open(home: string): Promise<Store> {
  const randomBytes = (length: number): Uint8Array => globalThis.crypto.getRandomValues(new Uint8Array(length))
  return openStore({ home, files: openRealFiles(), crypto, randomBytes, cacheBytes: 0, time: systemTime })
}

test.run()
