// From a question to the answer. Names below the suffix are ours: the addresses of their devices and streams. Every other
// one is refused at once, so that whoever asked asks elsewhere. It knows nothing of sockets.

import { isRunnelError, type NodeClient } from '../../api/index.js'
import { answersPerSecond, ednsAnswerBytes, maxWaiting, nameAgeS, plainAnswerBytes, resolveMs } from './limits.js'
import { type Query, readQuery } from './query.js'
import { type Code, codes, encodeBadQuery, encodeReply, type Reply } from './reply.js'

export interface ResponderOptions {
  readonly client: NodeClient
  /** The suffix of our names, in lower case. */
  readonly suffix: string
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs?: () => number
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

export class Responder {
  readonly #options: ResponderOptions
  readonly #answers = new Map<string, number>([...Object.keys(codes), 'dropped'].map((code) => [code, 0]))
  readonly #nowMs: () => number
  #tokens = answersPerSecond
  #filledMs: number
  #waiting = 0

  constructor(options: ResponderOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#filledMs = this.#nowMs()
  }

  /** Answers by code, those at 0 too. */
  get answers(): ReadonlyMap<string, number> {
    return this.#answers
  }

  /** The answer to a message, or undefined where there is none to give. Never rejects. */
  async answer(message: Uint8Array, over: 'udp' | 'tcp'): Promise<Uint8Array | undefined> {
    const query = this.#admit() ? readQuery(message) : undefined
    if (query === undefined) {
      this.#count('dropped')
      return undefined
    }
    if ('code' in query) {
      this.#count(query.code)
      return encodeBadQuery(query)
    }
    const reply = await this.#reply(query)
    this.#count(reply.code)
    return encodeReply(query, reply, over === 'tcp' ? 65_535 : answerBytes(query))
  }

  async #reply({ name, type, class: of, edns }: Query): Promise<Reply> {
    if (edns !== undefined && edns.version !== 0) return { code: 'badvers' }
    const { suffix: zone } = this.#options
    const host = name.toLowerCase()
    if (of !== 'IN' || (host !== zone && !host.endsWith(`.${zone}`))) return { code: 'refused' }
    if (host === zone) return { code: 'noerror', zone }
    const labels = host.slice(0, -zone.length - 1).split('.')
    if (labels.length > 2 || !labels.every((one) => label.test(one))) return { code: 'nxdomain', zone }
    const found = await this.#find(labels)
    if (typeof found === 'string') return found === 'nxdomain' ? { code: found, zone } : { code: found }
    return type === 'AAAA' ? { code: 'noerror', address: found.address } : { code: 'noerror', zone }
  }

  /** The first address of `NAME` or `LABEL.NAME`, where a petname may stand for the name. */
  async #find(labels: readonly string[]): Promise<{ address: string } | 'nxdomain' | 'servfail'> {
    if (this.#waiting >= maxWaiting) return 'servfail'
    this.#waiting += 1
    try {
      const { client } = this.#options
      const key = labels.at(-1) ?? ''
      const names = key.length === 56 ? [] : await client.petnames()
      const name = names.find(({ petname }) => petname.toLowerCase() === key)?.name ?? key
      const link = [...labels.slice(0, -1), name].join('.')
      const { addresses } = await client.addresses({ link, maxAgeS: nameAgeS, idleTimeoutMs: resolveMs })
      const [first] = addresses
      return first === undefined ? 'nxdomain' : { address: first.address }
    } catch (error) {
      return isRunnelError(error, 'BAD_NAME') || isRunnelError(error, 'BAD_LINK') ? 'nxdomain' : 'servfail'
    } finally {
      this.#waiting -= 1
    }
  }

  /** A bucket that fills evenly: who floods is not answered, and nobody is flooded through us. */
  #admit(): boolean {
    const nowMs = this.#nowMs()
    const filled = this.#tokens + ((nowMs - this.#filledMs) * answersPerSecond) / 1000
    this.#tokens = Math.min(answersPerSecond, filled)
    this.#filledMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  #count(code: Code | 'dropped'): void {
    this.#answers.set(code, (this.#answers.get(code) ?? 0) + 1)
  }
}

function answerBytes({ edns }: Query): number {
  return edns === undefined
    ? plainAnswerBytes
    : Math.max(plainAnswerBytes, Math.min(ednsAnswerBytes, edns.payloadBytes))
}
