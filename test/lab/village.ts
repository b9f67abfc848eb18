// The lab that most tests live in: a router that is a root, hosts around it, a home for each, one folder for everything
// that is written. All of it is gone after close().

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeClient } from '../../api/index.js'
import { type Host, type Lab, openLab } from './lab.js'
import { type Finished, runnel, runnelJson } from './runnel.js'
import { RunningNode, type UpOptions } from './running-node.js'
import { until } from './until.js'

export class Village {
  readonly lab: Lab
  readonly scratch: string
  readonly #nodes = new Map<string, RunningNode>()
  readonly #ended: RunningNode[] = []
  #routerDevice = ''
  #port = 7254

  private constructor(lab: Lab, scratch: string) {
    this.lab = lab
    this.scratch = scratch
  }

  /** Opens the lab and starts the router. */
  static async open(
    names: readonly string[],
    routerArgs: readonly string[] = [],
    options: (village: Village) => UpOptions = () => ({}),
  ): Promise<Village> {
    const village = new Village(openLab(names), mkdtempSync(join(tmpdir(), 'v-')))
    try {
      await village.#startRouter(routerArgs, options(village))
    } catch (error) {
      await village.close()
      throw error
    }
    return village
  }

  get router(): RunningNode {
    return this.node('router')
  }

  node(name: string): RunningNode {
    const node = this.#nodes.get(name)
    if (node === undefined) throw new Error(`no node runs on ${name}`)
    return node
  }

  /** As `node`, or undefined while none runs. */
  running(name: string): RunningNode | undefined {
    return this.#nodes.get(name)
  }

  client(name: string): NodeClient {
    return this.node(name).client
  }

  /** Every node that ran here, those that were killed too. */
  get everyNode(): readonly RunningNode[] {
    return [...this.#ended, ...this.#nodes.values()]
  }

  host(name: string): Host {
    return name === 'router' ? this.lab.router : this.lab.host(name)
  }

  /** A path in the folder of this village. */
  path(...parts: string[]): string {
    return join(this.scratch, ...parts)
  }

  home(name: string): string {
    return this.path(`home-${name}`)
  }

  /** `KEY@ADDR:PORT` of the router, as this host reaches it. */
  upstreamOf(name: string): string {
    return `${this.#routerDevice}@${this.host(name).routerAddress}:${this.#port}`
  }

  /** Starts the node of a host below the router, and waits until the two are linked. */
  async up(name: string, args: readonly string[] = [], options: UpOptions = {}): Promise<RunningNode> {
    const upstream = ['--upstream', this.upstreamOf(name)]
    return this.adopt(name, await RunningNode.up(this.host(name), this.home(name), [...upstream, ...args], options))
  }

  /** Takes a node that was started otherwise, and waits until it has a neighbour. */
  async adopt(name: string, node: RunningNode): Promise<RunningNode> {
    this.#nodes.set(name, node)
    await node.client.wait({ for: 'neighbour', timeoutMs: 20_000 })
    return node
  }

  /** `kill -9` of a node; resolves when the router knows that its link is gone. */
  async kill(name: string): Promise<void> {
    const node = this.#remove(name)
    const { device } = await node.client.id()
    await node.kill()
    if (!this.#nodes.has('router')) return
    await until(`the router has noticed that ${name} is gone`, async () =>
      (await this.router.client.peers()).every((peer) => peer.device !== device),
    )
  }

  /** `kill -9` at this very moment, whatever the node and its neighbours are doing. */
  async crash(name: string): Promise<void> {
    await this.#remove(name).kill()
  }

  /** Starts a node that has ended again and kills it after so long, before or after it is ready. */
  async stumble(name: string, milliseconds: number): Promise<void> {
    await this.#last(name).againFor(milliseconds)
  }

  /** A graceful end, as systemd asks for it. */
  async stop(name: string): Promise<void> {
    await this.#remove(name).stop()
  }

  /** Starts a node that has ended again, on its home, with the same arguments, and waits until it is linked as before. */
  async again(name: string): Promise<RunningNode> {
    const node = await this.reopen(name)
    if (name === 'router') await this.linked()
    else await node.client.wait({ for: 'neighbour', timeoutMs: 20_000 })
    return node
  }

  /** As `again`, but resolves as soon as the node itself is ready, whoever else is down. */
  async reopen(name: string): Promise<RunningNode> {
    const node = await this.#last(name).again()
    this.#nodes.set(name, node)
    return node
  }

  /** Resolves when the router is linked to every other node that runs. */
  async linked(): Promise<void> {
    await until('all are linked to the router', async () => {
      const { neighbours } = await this.router.client.status()
      return neighbours.up === this.#nodes.size - 1
    })
  }

  /** Runs the command on a host, with that host's home. */
  run(name: string, args: readonly string[], options: Parameters<typeof runnel>[3] = {}): Promise<Finished> {
    return runnel(this.host(name), this.home(name), args, options)
  }

  /** The first line of what the command prints as JSON; it must succeed. */
  async json<T>(name: string, args: readonly string[], input = ''): Promise<T> {
    const [first] = await runnelJson<T>(this.host(name), this.home(name), args, input)
    if (first === undefined) throw new Error(`runnel ${args.join(' ')} printed nothing`)
    return first
  }

  async close(): Promise<void> {
    for (const name of [...this.#nodes.keys()]) await this.#remove(name).kill()
    this.lab.close()
    rmSync(this.scratch, { recursive: true, force: true, maxRetries: 3 })
  }

  #last(name: string): RunningNode {
    const last = this.#ended.filter(({ host }) => host === this.host(name)).at(-1)
    if (last === undefined) throw new Error(`no node of ${name} has ended`)
    return last
  }

  #remove(name: string): RunningNode {
    const node = this.node(name)
    this.#nodes.delete(name)
    this.#ended.push(node)
    return node
  }

  async #startRouter(args: readonly string[], options: UpOptions): Promise<void> {
    mkdirSync(this.scratch, { recursive: true })
    if (this.lab.kind === 'loopback') this.#port = await freePort()
    const listen = `${this.lab.kind === 'namespaces' ? '0.0.0.0' : '127.0.0.1'}:${this.#port}`
    const all = ['--listen', listen, '--root', ...args]
    const router = await RunningNode.up(this.lab.router, this.home('router'), all, options)
    this.#nodes.set('router', router)
    this.#routerDevice = (await router.client.id()).device
  }
}

/** A port of loopback that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
