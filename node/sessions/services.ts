// Who answers here: services by name, of the node itself (`runnel.…`) and of its clients.

import { RunnelError } from '../../errors/index.js'
import { equal } from '../../stack/bytes/index.js'
import { isService } from '../../stack/session/index.js'
import type { Conversation, Peer } from './conversation.js'

/** Takes a conversation that somebody began. What it throws resets the conversation. */
export type ServiceHandler = (conversation: Conversation) => void | Promise<void>

export interface ServeOptions {
  /** Names that may come, proven; default: everybody. */
  readonly from?: readonly Uint8Array[] | undefined
  /** Whether a further conversation can be taken now; default: always. Else it is told Busy. */
  readonly hasRoom?: (() => boolean) | undefined
}

export interface Service extends ServeOptions {
  readonly name: string
  readonly handler: ServiceHandler
}

/** Names that begin so are the node's own. */
export const ownPrefix = 'runnel.'

export class Services {
  readonly #services = new Map<string, Service>()

  get names(): string[] {
    return [...this.#services.keys()]
  }

  /** Throws BAD_ARGUMENT for what is no service, EXISTS when somebody serves it already. */
  add(service: Service): () => void {
    const { name } = service
    checkService(name)
    if (this.#services.has(name)) throw new RunnelError('EXISTS', `somebody listens for ${name} here already`)
    this.#services.set(name, service)
    return () => {
      if (this.#services.get(name) === service) this.#services.delete(name)
    }
  }

  /** Who takes a conversation of this peer, or why nobody does. */
  find(name: string, peer: Peer): Service | 'NoService' | 'NotAllowed' | 'Busy' {
    const service = this.#services.get(name)
    if (service === undefined) return 'NoService'
    const { from, hasRoom } = service
    if (from !== undefined && !from.some((allowed) => peer.name !== undefined && equal(peer.name, allowed))) {
      return 'NotAllowed'
    }
    return hasRoom === undefined || hasRoom() ? service : 'Busy'
  }
}

/** Throws BAD_ARGUMENT for what is no service's name. */
export function checkService(name: string): void {
  if (isService(name)) return
  throw new RunnelError('BAD_ARGUMENT', `${name} is no service`, {
    hint: 'A service is 1 to 63 of a-z, 0-9, hyphen and dot.',
  })
}
