// The servers that run beside a node for programs that know nothing of it. The node does not know what they do: it shows
// where they listen, what keeps them from it, and what they count.

import type { Check, ServerStatus } from '../api/protocol/index.js'

/** What a server beside the node shows of itself; read whenever somebody looks. */
export interface LocalServer {
  readonly name: 'http' | 'dns'
  /** `HOST:PORT` of each address that was bound. */
  readonly listening: readonly string[]
  /** Why it does not listen where it was told to. */
  readonly problems: readonly string[]
  /** Answers by their status, those at 0 too. */
  readonly answers: ReadonlyMap<string, number>
  /** What `doctor` says of it. */
  readonly examine?: () => Promise<readonly Check[]>
}

export class LocalServers {
  readonly #servers: LocalServer[] = []

  /** Gives what takes it away again. */
  attach(server: LocalServer): () => void {
    this.#servers.push(server)
    return () => {
      const at = this.#servers.indexOf(server)
      if (at >= 0) this.#servers.splice(at, 1)
    }
  }

  list(): ServerStatus[] {
    return this.#servers.map(({ name, listening, problems }) => {
      return { server: name, listening: [...listening], problems: [...problems] }
    })
  }

  async examine(): Promise<Check[]> {
    const checks = await Promise.all(this.#servers.map((server) => server.examine?.() ?? []))
    return checks.flat()
  }

  /** Of all servers of that kind together. */
  answers(name: LocalServer['name']): Map<string, number> {
    const sums = new Map<string, number>()
    for (const server of this.#servers) {
      if (server.name !== name) continue
      for (const [status, count] of server.answers) sums.set(status, (sums.get(status) ?? 0) + count)
    }
    return sums
  }
}
