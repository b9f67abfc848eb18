// From a request to the answer: whose host, which stream, what is at the path. It knows nothing of sockets and addresses, so
// that any listener may use it; the suffixes of the hosts that it answers for are given to it.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { isRunnelError, type NodeClient } from '../../api/index.js'
import { RunnelError } from '../../errors/index.js'
import { isKin, readAuthority } from './authority.js'
import { handToDevice } from './device.js'
import { answerError, answerOwn, type Exchange, linkOf, reading, redirect, refuse } from './exchange.js'
import { asRunnelError } from './failure.js'
import { answerFile, isFile } from './file.js'
import { answerFolder, findFile } from './folder.js'
import { frontPage } from './front.js'
import { maxFollowers, maxFollowersOfName, maxRequests, maxRequestsOfName } from './limits.js'
import { answerLog } from './log.js'
import { forgetCookies, isIntrusion, kinHeaders, publishedPolicy } from './policy.js'
import { readTarget } from './target.js'

export interface HandlerOptions {
  readonly client: NodeClient
  /** Hosts are NAME.SUFFIX and LABEL.NAME.SUFFIX. */
  readonly suffixes: readonly string[]
  /** `[LABEL.]NAME` whose pages may load from elsewhere. */
  readonly wide?: readonly string[]
  /** The address of another device that the connection of a request was opened to: who has no site is asked itself. */
  readonly deviceOf?: (request: IncomingMessage) => string | undefined
  /** Told of what is a defect here. */
  readonly handleDefect?: (error: unknown) => void
}

/** Every status that an answer of the gateway can have; 499 is counted where the asker went first. */
export const statuses = [
  200, 206, 304, 307, 400, 403, 404, 405, 408, 409, 412, 414, 416, 421, 431, 499, 500, 502, 503, 504,
] as const

const hint = 'A site is at http://NAME.key.localhost:7280/, one with a label at http://LABEL.NAME.key.localhost:7280/.'

export class Handler {
  readonly #options: HandlerOptions
  readonly #answers = new Map<string, number>(statuses.map((status) => [String(status), 0]))
  #requests = 0
  #followers = 0
  /** Of each name that has any. */
  readonly #ofName = new Map<string, { requests: number; followers: number }>()

  constructor(options: HandlerOptions) {
    this.#options = options
  }

  /** Answers by status, those at 0 too. */
  get answers(): ReadonlyMap<string, number> {
    return this.#answers
  }

  count(status: number): void {
    const key = String(status)
    this.#answers.set(key, (this.#answers.get(key) ?? 0) + 1)
  }

  /** Answers a request. Resolves when it is answered, or its connection gone; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const end = new AbortController()
    const follows = isFollowing(request)
    this.#requests += 1
    if (follows) this.#followers += 1
    response.once('close', () => {
      this.#requests -= 1
      if (follows) this.#followers -= 1
      this.count(response.headersSent ? response.statusCode : 499)
      // Nothing waits any more behind an answer that is whole.
      if (!response.writableFinished) end.abort()
    })
    response.on('error', () => {})
    // No method that is answered has a body: what follows one is not read.
    if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) {
      response.setHeader('Connection', 'close')
    }
    const base = { request, response, signal: end.signal }
    try {
      await this.#answer(base, this.#requests > maxRequests || this.#followers > maxFollowers)
    } catch (error) {
      if (end.signal.aborted) return
      const failure = asRunnelError(error)
      if (failure.code === 'INTERNAL') this.#options.handleDefect?.(error)
      // What was promised cannot be kept: only the end of the connection says so.
      if (response.headersSent) response.destroy()
      else answerError({ ...base, around: '' }, failure)
    }
  }

  async #answer(base: Pick<Exchange, 'request' | 'response' | 'signal'>, full: boolean): Promise<void> {
    const { request, response } = base
    const authority = readAuthority(request.headers.host, this.#options.suffixes)
    const around = authority.kind === 'foreign' ? '' : authority.around
    const asking = { ...base, around }
    const device = this.#options.deviceOf?.(request)
    // Only what can be read may be of a site.
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (device !== undefined && (authority.kind !== 'stream' || !isRead)) return handToDevice(asking, device)
    if (authority.kind === 'foreign') return refuse(asking, 421, 'this host is not served here', hint)
    // Nothing here sets a cookie: it is what a page of one publisher has left for the pages of all others.
    if (request.headers.cookie !== undefined) response.setHeader(...forgetCookies)
    if (full) return answerError(asking, new RunnelError('BUSY', 'too many requests are being answered'))
    if (!isRead) {
      response.setHeader('Allow', 'GET, HEAD')
      return refuse(asking, 405, 'what is published can only be read', 'Use GET or HEAD.')
    }
    const { origin } = request.headers
    const kin = isKin(origin, authority, this.#options.suffixes)
    if (!kin && isIntrusion(request.headers)) {
      return refuse(asking, 403, 'a page of another origin asked for it', 'Follow a link to it instead.')
    }
    const target = readTarget(request.url ?? '', request.headers.host)
    if (target === 'too-long') return refuse(asking, 414, 'the path is too long', hint)
    if (target === 'bad-target')
      return refuse(asking, 400, 'this is no path of a folder', 'Names stand between slashes.')
    if (authority.kind === 'front') {
      if (target.raw !== '/') return answerError(asking, new RunnelError('NOT_FOUND', undefined, { hint }))
      return answerOwn(base, 200, { type: 'text/html; charset=utf-8', text: frontPage(around) })
    }
    const { client, wide = [] } = this.#options
    const key = await this.#nameOf(authority.key, base.signal)
    const label = authority.label === 'main' ? undefined : authority.label
    const stream = `${label === undefined ? '' : `${label}.`}${key}`
    // One address a stream, so that it has one origin.
    if (key !== authority.key || label !== authority.label) {
      return redirect(base, `http://${stream}${around}${target.raw}${target.query}`)
    }
    if (!this.#enter(key, base)) return answerError(asking, new RunnelError('BUSY', 'this name is asked for too much'))
    const policy = { ...publishedPolicy(`${key}${around}`, wide.includes(stream)), ...(kin ? kinHeaders(origin) : {}) }
    await show({ ...asking, client, stream, target, policy, device, nowMs: Date.now })
  }

  /** Counts a request of a name until its answer is over. False when it has too many. */
  #enter(key: string, { request, response }: Pick<Exchange, 'request' | 'response'>): boolean {
    const count = this.#ofName.get(key) ?? { requests: 0, followers: 0 }
    const follower = isFollowing(request) ? 1 : 0
    const isFull = count.requests >= maxRequestsOfName || count.followers + follower > maxFollowersOfName
    if (isFull || response.closed) return false
    this.#ofName.set(key, count)
    count.requests += 1
    count.followers += follower
    response.once('close', () => {
      count.requests -= 1
      count.followers -= follower
      if (count.requests === 0) this.#ofName.delete(key)
    })
    return true
  }

  /** The name that a petname stands for, else what was given. */
  async #nameOf(key: string, signal: AbortSignal): Promise<string> {
    if (key.length === 56) return key
    const petnames = await this.#options.client.petnames({ signal })
    return petnames.find(({ petname }) => petname.toLowerCase() === key)?.name ?? key
  }
}

/** What reading ends with where a name has no site, or none can be had. */
const siteless: ReadonlySet<string> = new Set(['UNKNOWN_LABEL', 'NO_HOLDER', 'NO_ROUTE', 'NETWORK_DOWN', 'TIMEOUT'])

function isFollowing(request: IncomingMessage): boolean {
  return /\btext\/event-stream\b/.test(request.headers.accept ?? '')
}

async function show(exchange: Exchange): Promise<void> {
  const { client, stream, target, signal } = exchange
  const link = linkOf(stream, target.names)
  try {
    const item = await client.find({ link, ...reading }, { signal })
    if (!isFile(item)) return await answerFolder(exchange, item)
    if (target.folder && target.names.length > 0) throw new RunnelError('NOT_FOUND', `${item.path} is a file`)
    return await answerFile(exchange, item)
  } catch (error) {
    if (exchange.response.headersSent) throw error
    if (exchange.device !== undefined && siteless.has(asRunnelError(error).code)) {
      return handToDevice(exchange, exchange.device)
    }
    if (isRunnelError(error, 'NOT_A_FOLDER')) {
      const opened = await client.caller.call('open', { link: stream, ...reading }, { signal })
      if (opened.kind !== 'site') return answerLog(exchange, opened)
    }
    if (!isRunnelError(error, 'NOT_FOUND') && !isRunnelError(error, 'NOT_A_FOLDER')) {
      return answerError(exchange, asRunnelError(error))
    }
    // A site may have a page of its own for what is not there.
    const own = await findFile(exchange, ['404.html'])
    if (own === undefined) return answerError(exchange, error)
    return answerFile(exchange, own, 404)
  }
}
