// Connections of a program through what networks and machines do to them, each through a router: an uplink that loses three
// packets of ten, or fails for two seconds of every seven, a NAT that forgets its port every five, a process that is stopped, and
// in the end a router that is killed. All at once, each from a device of its own; what was said comes back, in its order.

import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressOf, counted, filter, openDevices, rule } from '../lab/devices.js'
import { networked } from '../lab/networked.js'
import { openEcho, Talk } from '../lab/talk.js'
import type { Village } from '../lab/village.js'

const test = suite('network/adversity')
const it = networked(test)
const port = 2200
/** For how long: three ports and two cuts; of a minute the outcome is the same. */
const roundMs = 14_000
const sayMs = 200

let village: Village
let echo: ChildProcess
/** What the router loses, by the host that sends it. */
const losing = new Map<string, readonly string[]>()
const talks = new Map<string, Talk>()

const adversities: Readonly<Record<string, (host: string) => Promise<void>>> = {
  lossy: async (host) => {
    await lose(host, 'numgen random mod 100 < 30 drop')
    await sleep(roundMs)
    await lose(host)
  },
  cut: async (host) => {
    for (let passedMs = 0; passedMs < roundMs; passedMs += 7_000) {
      await lose(host, 'drop')
      await sleep(2_000)
      await lose(host)
      await sleep(5_000)
    }
  },
  forgotten: async (host) => {
    const own = await udpPort(host)
    for (let outside = 40_001; outside < 40_001 + roundMs / 5_000; outside += 1) {
      await filter(village.host(host), {
        output: [`udp sport ${own} udp sport set ${outside}`],
        prerouting: [`udp dport ${outside} udp dport set ${own}`],
      })
      await sleep(5_000)
    }
  },
  stopped: async (host) => {
    const { pid } = village.node(host)
    process.kill(pid, 'SIGSTOP')
    await sleep(roundMs)
    process.kill(pid, 'SIGCONT')
  },
}

test.after(async () => {
  for (const talk of talks.values()) talk.close()
  echo?.kill('SIGKILL')
  await village?.close()
})

it('starts a device that answers and one for each adversity, and they are connected', async () => {
  village = await openDevices(['a', ...Object.keys(adversities)])
  await rule(village, 'a', { action: 'allow', protocol: 'tcp', port, from: 'anybody' })
  let address = ''
  for (const host of Object.keys(adversities)) address = await addressOf(village, 'a', host)
  echo = await openEcho(village.host('a'), address, port)
  for (const host of Object.keys(adversities)) {
    const talk = Talk.to(village.host(host), address, port)
    talks.set(host, talk)
    talk.say()
    await talk.settle(host)
  }
})

it('connections live through all of it, and what was said meanwhile comes back', async () => {
  const before = await counted(village, 'router', 'packets switched')
  let isOver = false
  const talking = (async () => {
    for (; !isOver; await sleep(sayMs)) for (const talk of talks.values()) talk.say()
  })()
  await Promise.all(Object.entries(adversities).map(([host, happens]) => happens(host)))
  isOver = true
  // Each new port was followed at once.
  assert.ok((talks.get('forgotten')?.heard ?? 0) > roundMs / sayMs / 2)
  await talking
  await Promise.all([...talks].map(([host, talk]) => talk.settle(host)))
  assert.ok((await counted(village, 'router', 'packets switched')) - before > roundMs / sayMs)
  assert.ok((await counted(village, 'router', 'packets neighbour')) > 0)
})

it('and through a router that is killed and comes back', async () => {
  await village.crash('router')
  for (const talk of talks.values()) talk.say()
  await village.again('router')
  for (const talk of talks.values()) talk.say()
  await Promise.all([...talks].map(([host, talk]) => talk.settle(host)))
})

test.run()

/** Loses what this rule says, in both directions; without one nothing any more. */
async function lose(host: string, what?: string): Promise<void> {
  const rules = (device: string) => (what === undefined ? [] : [`meta iifname ${device} ${what}`])
  await filter(village.host(host), { prerouting: rules('uplink') })
  const others = [...losing].filter(([other]) => other !== host).flatMap(([, lines]) => lines)
  if (what === undefined) losing.delete(host)
  else losing.set(host, rules(`to-${host}`))
  await filter(village.host('router'), { prerouting: [...others, ...(losing.get(host) ?? [])] })
}

async function udpPort(host: string): Promise<number> {
  const [own] = (await village.client(host).status()).tun.ports
  return own ?? 0
}
