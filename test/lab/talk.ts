// Connections of unmodified programs that live long: each line that is said, and each byte that flows, comes back, in order, or
// the connection is over.

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Host } from './lab.js'
import { collect } from './runnel.js'
import { until } from './until.js'

/** Echoes on this port of an address until it is killed, for any number of connections. Resolves when it listens. */
export async function openEcho(host: Host, address: string, port: number): Promise<ChildProcess> {
  const server = host.spawn('python3', ['-c', echoText, address, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(server.stdout ?? server, 'data')
  return server
}

export class Talk {
  readonly #child: ChildProcess
  readonly #heard: () => string
  #said = 0

  /** Speaks through a program whose output is what comes back of its input. */
  constructor(child: ChildProcess) {
    this.#child = child
    child.stdin?.on('error', () => {})
    this.#heard = collect(child.stdout)
  }

  /** Connects to an echo; `from`: the host that does. */
  static to(from: Host, address: string, port: number): Talk {
    return new Talk(
      from.spawn('python3', ['-c', talkText, address, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
  }

  /** Says one more line. */
  say(): void {
    this.#said += 1
    this.#child.stdin?.write(`line ${this.#said}\n`)
  }

  /** Lines that have come back. Throws when they are not those that were said, in their order. */
  get heard(): number {
    const lines = this.#heard().split('\n').slice(0, -1)
    const wrong = lines.findIndex((line, index) => line !== `line ${index + 1}`)
    if (wrong >= 0) throw new Error(`line ${wrong + 1} came back as ${lines[wrong]}`)
    return lines.length
  }

  get said(): number {
    return this.#said
  }

  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Resolves when everything that was said has come back. Throws when the connection is over before. */
  async settle(what: string, timeoutMs = 60_000): Promise<void> {
    await until(
      `${what}: of ${this.#said} lines all have come back`,
      () => {
        if (this.isOver)
          throw new Error(`${what}: the connection is over, with ${this.heard} of ${this.#said} lines back`)
        return this.heard === this.#said
      },
      timeoutMs,
    )
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }
}

/** Bytes that go to an echo and come back, so many every 50 ms. */
export class Flow {
  readonly #child: ChildProcess
  readonly #told: () => string
  readonly #over: Promise<unknown>

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#told = collect(child.stdout)
    this.#over = once(child, 'close')
  }

  /** Connects and begins; `marker` stands in what it sends, again and again. */
  static to(from: Host, address: string, port: number, marker: string, pieceBytes: number): Flow {
    const args = ['-c', flowText, address, String(port), marker, String(pieceBytes)]
    return new Flow(from.spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] }))
  }

  /** Sends no more, and gives what was sent when all of it is back. Throws when that is not what was sent, or takes too long. */
  async end(timeoutMs = 60_000): Promise<number> {
    this.#child.stdin?.end()
    const timer = setTimeout(() => this.close(), timeoutMs)
    await this.#over
    clearTimeout(timer)
    const [, bytes] = /^(\d+) bytes came back$/m.exec(this.#told()) ?? []
    if (bytes === undefined) throw new Error(`it did not come back: ${this.#told() || 'nothing was said'}`)
    return Number(bytes)
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }
}

const echoText = `
import socket, sys, threading
def echo(peer):
    while True:
        got = peer.recv(65536)
        if not got: break
        peer.sendall(got)
    peer.shutdown(socket.SHUT_WR)
listener = socket.create_server((sys.argv[1], int(sys.argv[2])), family=socket.AF_INET6)
print("listening", flush=True)
while True:
    threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()
`

const talkText = `
import os, socket, sys, threading
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])), 30)
peer.settimeout(None)
def hear():
    while True:
        got = peer.recv(65536)
        if not got: os._exit(1)
        os.write(1, got)
threading.Thread(target=hear, daemon=True).start()
while True:
    got = os.read(0, 65536)
    if not got: break
    peer.sendall(got)
`

const flowText = `
import hashlib, socket, sys, threading
marker, piece = sys.argv[3].encode(), int(sys.argv[4])
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])), 30)
peer.settimeout(None)
sent, back, over = hashlib.sha256(), hashlib.sha256(), threading.Event()
counts = [0, 0]
def hear():
    while True:
        got = peer.recv(65536)
        if not got: break
        back.update(got)
        counts[1] += len(got)
hearing = threading.Thread(target=hear)
hearing.start()
def wait():
    sys.stdin.read()
    over.set()
threading.Thread(target=wait, daemon=True).start()
while not over.wait(0.05):
    written = (marker + b" %d " % counts[0]) * (piece // len(marker))
    written = written[:piece]
    peer.sendall(written)
    sent.update(written)
    counts[0] += len(written)
peer.shutdown(socket.SHUT_WR)
hearing.join()
print(counts[1], "bytes came back" if sent.digest() == back.digest() else "of %d bytes came back, or others" % counts[0])
`
