// Whoever reads along on the uplink of a host: every frame of it, both ways, and whether something in it was not sealed.

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Host } from './lab.js'
import { collect } from './runnel.js'
import { run } from './unmodified.js'

/** Gives a host an uplink that takes whatever is routed nowhere else, by IPv6 too. */
export async function leadOut(host: Host): Promise<void> {
  const script = `
    echo 0 > /proc/sys/net/ipv6/conf/uplink/disable_ipv6
    ip -6 address add 2001:db8::2/64 dev uplink nodad
    ip -6 neighbour add 2001:db8::1 lladdr 02:00:00:00:00:01 dev uplink nud permanent
    ip -6 route add default via 2001:db8::1 dev uplink
  `
  const { output, code } = await run(host, 'sh', ['-ec', script])
  if (code !== 0) throw new Error(output)
}

export class Capture {
  readonly #child: ChildProcess
  readonly #told: () => string

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#told = collect(child.stdout)
  }

  /** Reads from when this resolves. `marker`: what no frame may hold. */
  static async open(host: Host, marker: string): Promise<Capture> {
    const child = host.spawn('python3', ['-c', captureText, marker], { stdio: ['ignore', 'pipe', 'inherit'] })
    const capture = new Capture(child)
    await once(child.stdout ?? child, 'data')
    return capture
  }

  /** The beginnings of frames that hold the marker, or go to the address of a device, in hex: a line each. */
  get unsealed(): string {
    return this.#told().replace('ready\n', '')
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }
}

const captureText = `
import socket, sys
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
raw.bind(("uplink", 3))
print("ready", flush=True)
while True:
    frame = raw.recv(1 << 17)
    to_device = frame[12:14] == bytes.fromhex("86dd") and frame[38:42] == bytes.fromhex("20010020")
    if to_device or sys.argv[1].encode() in frame: print(frame[:64].hex(), flush=True)
`
