// Nothing that a program sends to a device leaves the machine unsealed, whatever becomes of the interface: while it is deleted
// and comes back, while its node is killed and started, and to a device that nobody knows.

import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Capture, leadOut } from '../lab/capture.js'
import { addressOf, openDevices } from '../lab/devices.js'
import { networked } from '../lab/networked.js'
import { run } from '../lab/unmodified.js'
import { until } from '../lab/until.js'

const test = suite('network/leaks')
const it = networked(test)
const marker = 'this must not be read on the way'
const nobody = '2001:20:1:2:3:4:5:6'

it('packets to devices leave sealed or not at all', async () => {
  const village = await openDevices(['a', 'b'])
  try {
    const b = village.host('b')
    const address = await addressOf(village, 'a', 'b')
    await leadOut(b)
    const capture = await Capture.open(b, marker)
    const speakers = [address, nobody].map((to) => {
      return b.spawn('python3', ['-c', speakText, marker, to], { stdio: ['ignore', 'ignore', 'inherit'] })
    })
    const reached = () =>
      until('the device is reached', async () => {
        return / 1 received/.test((await run(b, 'ping', ['-6', '-c', '1', '-W', '2', address])).output)
      })
    await reached()
    for (let round = 0; round < 2; round += 1) {
      await run(b, 'ip', ['link', 'delete', 'tun0'])
      await reached()
    }
    await village.crash('b')
    await sleep(500)
    await village.again('b')
    await addressOf(village, 'a', 'b')
    await reached()
    for (const speaker of speakers) speaker.kill('SIGKILL')
    assert.is(capture.unsealed, '')

    // What is not sealed would have been seen.
    const plain = b.spawn('python3', ['-c', speakText, marker, '2001:db8::1'], { stdio: 'inherit' })
    await until('it is seen', () => capture.unsealed !== '')
    plain.kill('SIGKILL')
    capture.close()
  } finally {
    await village.close()
  }
})

test.run()

/** Says the marker again and again, whatever the system says to that. */
const speakText = `
import socket, sys, time
speaker = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
while True:
    try: speaker.sendto(sys.argv[1].encode(), (sys.argv[2], 9))
    except OSError: pass
    time.sleep(0.002)
`
