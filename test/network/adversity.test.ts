// Connections of programs through what networks and machines do to them, each through a router: for a minute an uplink loses
// three packets of ten, or fails for two seconds of every seven, or has another address every twenty, a NAT forgets its port
// every five, and a process is stopped; in the end the router is killed. All at once, each from a device of its own; what was
// said comes back, in its order.
// mostly waits

import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Capture, leadOut } from '../lab/capture.js'
import { addressOf, counted, filter, openDevices, rule } from '../lab/devices.js'
import { networked } from '../lab/networked.js'
import { canLogIn, Logins } from '../lab/ssh.js'
import { Flow, openEcho, Talk } from '../lab/talk.js'
import { run } from '../lab/unmodified.js'
import type { Village } from '../lab/village.js'

const test = suite('network/adversity')
const it = networked(test)
const port = 2200
/** For how long: longer than a link or a session may be silent. */
const roundMs = 60_000
const sayMs = 200
/** TCP that has heard nothing for a minute tries again after twice as long as before: up to a minute later. */
const settleMs = 150_000
/** How often the uplink gets another address, and for how long it has none then. */
const addressMs = 20_000
const addressLessMs = 1_000
const marker = 'this must not be read on the way'
const pieceBytes = 16_384

let village: Village
let echo: ChildProcess
let logins: Logins | undefined
let capture: Capture
let flow: Flow
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
  moved: async (host) => {
    const { address, routerAddress } = village.host(host)
    let last = address
    for (let count = 0; count < roundMs / addressMs; count += 1) {
      await ip(host, 'address', 'delete', `${last}/24`, 'dev', 'uplink')
      await sleep(addressLessMs)
      last = address.replace(/\d+$/, String(99 - count))
      await ip(host, 'address', 'add', `${last}/24`, 'dev', 'uplink')
      await ip(host, 'route', 'replace', 'default', 'via', routerAddress)
      await sleep(addressMs - addressLessMs)
    }
  },
}

test.after(async () => {
  for (const talk of talks.values()) talk.close()
  flow?.close()
  capture?.close()
  logins?.close()
  echo?.kill('SIGKILL')
  await village?.close()
})

it('starts a device that answers and one for each adversity, and they are connected', async () => {
  village = await openDevices(['a', ...Object.keys(adversities)])
  await rule(village, 'a', { action: 'allow', protocol: 'tcp', from: 'anybody' })
  let address = ''
  for (const host of Object.keys(adversities)) address = await addressOf(village, 'a', host)
  echo = await openEcho(village.host('a'), address, port)
  for (const host of Object.keys(adversities)) talks.set(host, Talk.to(village.host(host), address, port))
  if (canLogIn) {
    logins = await Logins.open(village.host('a'), address, village.path('ssh'))
    const [ssh, ...args] = logins.line(address, 'cat')
    talks.set('ssh', new Talk(village.host('stopped').spawn(ssh, args, { stdio: ['pipe', 'pipe', 'inherit'] })))
  }
  for (const talk of talks.values()) talk.say()
  for (const [what, talk] of talks) await talk.settle(what)
  await leadOut(village.host('moved'))
  capture = await Capture.open(village.host('moved'), marker)
  flow = Flow.to(village.host('moved'), address, port, marker, pieceBytes)
})

it('connections live through a minute of it, and what was said meanwhile comes back', async () => {
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
  await Promise.all([...talks].map(([host, talk]) => talk.settle(host, settleMs)))
  assert.ok((await counted(village, 'router', 'packets switched')) - before > roundMs / sayMs)
  assert.ok((await counted(village, 'router', 'packets neighbour')) > 0)
})

it('what flowed over an uplink that had other addresses came whole, each loss is counted, and nothing left unsealed', async () => {
  const before = await counted(village, 'moved', 'packets socket')
  const bytes = await flow.end()
  assert.ok(bytes > (roundMs / addressMs) * pieceBytes, `${bytes}`)
  // While there was no address, the system took nothing; nobody went on trying for that.
  const [refused, sealed] = [before, await counted(village, 'moved', 'packets sealed')]
  assert.ok(refused > 0 && refused < sealed, `${refused} of ${sealed}`)
  assert.is(await counted(village, 'moved', 'packets socket'), refused, 'none is refused where there is an address')
  assert.is(capture.unsealed, '')
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

async function ip(host: string, ...args: readonly string[]): Promise<void> {
  const { code, output } = await run(village.host(host), 'ip', args)
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${output}`)
}

async function udpPort(host: string): Promise<number> {
  const [own] = (await village.client(host).status()).tun.ports
  return own ?? 0
}
