// A connection to a node: everything a program may ask of it. Close it, or use it with `await using`.

import { RunnelError } from '../errors/index.js'
import type { Caller, CallOptions } from './caller.js'
import { Conversation } from './conversation.js'
import { durationS } from './duration.js'
import { OwnStream } from './own-stream.js'
import type {
  Check,
  CustodyState,
  FolderItem,
  FoundItem,
  Identity,
  InboxLetter,
  Item,
  MethodName,
  Params,
  Peer,
  Pin,
  PingAnswer,
  ProbeStage,
  Result,
  SentLetter,
  Status,
  StreamSummary,
  TraceHop,
  Visibility,
} from './protocol/index.js'
import { Stream, type StreamReadOptions } from './stream.js'

export interface Abortable {
  readonly signal?: AbortSignal | undefined
}

export interface OpenStreamOptions extends StreamReadOptions {
  /** Which stream of a name; default "main". Part of the link otherwise. */
  readonly label?: string
  /** The secret of an unlisted stream, as text. Part of the link otherwise. */
  readonly secret?: string
}

export interface PublishOptions extends CallOptions<'publish'> {
  readonly label?: string
  readonly visibility?: Visibility
  /** Has it kept by others for so long ('30d', '12h', or seconds), renewed until `unpublish`; resolves with what they promised. */
  readonly keep?: string | number
}

export interface CreateStreamOptions {
  readonly label: string
  readonly visibility?: Visibility
  /** Has it kept by others for so long ('30d', '12h', or seconds), with all that is appended, renewed until `unpublish`. */
  readonly keep?: string | number
}

export interface PinOptions extends CallOptions<'pin'> {
  readonly sizeBytes?: number
}

export interface SendOptions extends CallOptions<'sendToInbox'> {
  readonly subject?: string
  /** Absolute paths of files; each becomes an unlisted stream that the letter points to. */
  readonly attach?: readonly string[]
  readonly timeoutMs?: number
}

export interface InboxOptions extends Abortable {
  readonly follow?: boolean
}

/** A letter of the inbox. What was not acknowledged is shown again, also after a restart. */
export interface Letter extends InboxLetter {
  acknowledge(): Promise<void>
}

export interface DialOptions extends Abortable {
  /** How long a way is looked for; default 15,000. */
  readonly timeoutMs?: number
}

export interface ListenOptions extends Abortable {
  /** Names and petnames that may come; default: everybody. */
  readonly from?: readonly string[]
  /** Called once, when whoever dials will be answered. */
  readonly onListening?: () => void
}

export class NodeClient implements AsyncDisposable {
  readonly #caller: Caller
  readonly #closeNode: () => Promise<void>
  #closing: Promise<void> | undefined

  constructor(caller: Caller, closeNode: () => Promise<void>) {
    this.#caller = caller
    this.#closeNode = closeNode
  }

  status(options?: Abortable): Promise<Status> {
    return this.#caller.call('status', {}, options)
  }

  id(options?: Abortable): Promise<Identity> {
    return this.#caller.call('id', {}, options)
  }

  peers(options?: Abortable): Promise<Peer[]> {
    return this.#all('peers', {}, options)
  }

  streams(options?: Abortable): Promise<StreamSummary[]> {
    return this.#all('streams', {}, options)
  }

  doctor(options?: Abortable): Promise<Check[]> {
    return this.#all('doctor', {}, options)
  }

  /** Everything that the node counts, in the text format of Prometheus (docs/reference/metrics.md). */
  async metrics(options?: Abortable): Promise<string> {
    return (await this.#caller.call('metrics', {}, options)).text
  }

  /** Whether a device of a name, petname or key is there, by which way, and how long it takes to answer. Throws NO_ROUTE. */
  ping(to: string, options: Omit<Params<'ping'>, 'to'> & Abortable = {}): Promise<PingAnswer[]> {
    const { signal, ...rest } = options
    return this.#all('ping', { to, ...rest }, { signal })
  }

  /** Each node on the way of a channel to a device, the nearest first. */
  trace(to: string, options: Omit<Params<'trace'>, 'to'> & Abortable = {}): Promise<TraceHop[]> {
    const { signal, ...rest } = options
    return this.#all('trace', { to, ...rest }, { signal })
  }

  /** Goes through all that a read of a link needs, and says of each stage what was measured; a failure is its last stage. */
  probe(params: Params<'probe'>, options?: Abortable): Promise<ProbeStage[]> {
    return this.#all('probe', params, options)
  }

  /** Resolves when it has come true; rejects with TIMEOUT. */
  wait(params: Params<'wait'>, options?: CallOptions<'wait'>): Promise<Result<'wait'>> {
    return this.#caller.call('wait', params, options)
  }

  /** Opens a stream by link, or by name with a label: asks for its head, so it rejects when nobody has it. */
  async openStream(link: string, options: OpenStreamOptions = {}): Promise<Stream> {
    const { label, secret, signal, ...reading } = options
    const target = `${label === undefined ? '' : `${label}.`}${link}${secret === undefined ? '' : `+${secret}`}`
    const opened = await this.#caller.call('open', { link: target, ...reading }, { signal })
    return new Stream(this.#caller, opened, { ...reading, ...(signal === undefined ? {} : { signal }) })
  }

  /** Makes a stream of this node's own, or opens the one that has this label. */
  async createStream(
    { keep, ...params }: CreateStreamOptions,
    options?: CallOptions<'createStream'>,
  ): Promise<OwnStream> {
    const kept = keep === undefined ? {} : { keepS: durationS(keep) }
    return new OwnStream(this.#caller, await this.#caller.call('createStream', { ...params, ...kept }, options))
  }

  /** Publishes a file or folder (an absolute path); resolves when all of it is on disk and can be read by others. */
  async publish(path: string, options: PublishOptions = {}): Promise<Result<'publish'>> {
    const { label, visibility, keep, ...call } = options
    const keepS = keep === undefined ? undefined : durationS(keep)
    const params = {
      path,
      ...(label === undefined ? {} : { label }),
      ...(visibility === undefined ? {} : { visibility }),
      ...(keepS === undefined ? {} : { keepS }),
    }
    return this.#caller.call('publish', params, call)
  }

  /** Writes a file or folder to `output` (an absolute path), verified; what is there already and verifies is kept. */
  get(params: Params<'get'>, options?: CallOptions<'get'>): Promise<Result<'get'>> {
    return this.#caller.call('get', params, options)
  }

  list(params: Params<'list'>, options?: Abortable): Promise<FolderItem[]> {
    return this.#all('list', params, options)
  }

  /** What the path of a link leads to: its kind, its size, and of a file what `read` takes to give exactly these bytes. */
  find(params: Params<'find'>, options?: Abortable): Promise<FoundItem> {
    return this.#caller.call('find', params, options)
  }

  /** The IPv6 addresses of a name's devices, the likeliest first; of a label or a log that of the stream. */
  addresses(params: Params<'addresses'>, options?: Abortable): Promise<Result<'addresses'>> {
    return this.#caller.call('addresses', params, options)
  }

  petnames(options?: Abortable): Promise<Item<'petnames'>[]> {
    return this.#all('petnames', {}, options)
  }

  /** Gives a name a petname of one's own; an empty name takes it away. */
  async setPetname(petname: string, name: string, options?: Abortable): Promise<void> {
    await this.#caller.call('setPetname', { petname, name }, options)
  }

  /** Keeps a stream of somebody else for whoever asks, 10 GiB of it at most unless told otherwise, until `unpin`. */
  pin(link: string, options: PinOptions = {}): Promise<Pin> {
    const { sizeBytes, ...call } = options
    return this.#caller.call('pin', { link, ...(sizeBytes === undefined ? {} : { sizeBytes }) }, call)
  }

  unpin(link: string, options?: Abortable): Promise<Result<'unpin'>> {
    return this.#caller.call('unpin', { link }, options)
  }

  pins(options?: Abortable): Promise<Pin[]> {
    return this.#all('pins', {}, options)
  }

  /** Who keeps which of this node's streams, until when. */
  receipts(options?: Abortable): Promise<CustodyState[]> {
    return this.#all('receipts', {}, options)
  }

  /** Takes a stream of this node back. Copies that others hold may stay. */
  unpublish(label: string, options?: Abortable): Promise<Result<'unpublish'>> {
    return this.#caller.call('unpublish', { label }, options)
  }

  /** Sends a letter to a name (or petname). Resolves when custodians have signed for it. Rejects with NO_INBOX, NOT_DELIVERED. */
  sendToInbox(to: string, body: Uint8Array | string, options: SendOptions = {}): Promise<SentLetter> {
    const { subject, attach, timeoutMs, ...call } = options
    const params = {
      to,
      body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
      ...(subject === undefined ? {} : { subject }),
      ...(attach === undefined ? {} : { attachments: attach.map((path) => ({ path })) }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    }
    return this.#caller.call('sendToInbox', params, call)
  }

  /** Letters that wait here, each until its `acknowledge` has resolved; with `follow` also those to come. */
  async *inbox(options: InboxOptions = {}): AsyncGenerator<Letter, void, undefined> {
    const { follow = false, ...call } = options
    for await (const letter of this.#caller.items('inbox', { follow }, call)) {
      const acknowledge = async (): Promise<void> => {
        await this.#caller.call('acknowledgeLetter', { id: letter.id })
      }
      yield { ...letter, acknowledge }
    }
  }

  /** Gives a name tickets, so that its letters are never put behind those of strangers. */
  allowSender(name: string, options?: Abortable): Promise<SentLetter> {
    return this.#caller.call('allowSender', { name }, options)
  }

  /** Shows nothing more of a name, and takes its tickets back. */
  blockSender(name: string, options?: Abortable): Promise<Result<'blockSender'>> {
    return this.#caller.call('blockSender', { name }, options)
  }

  /**
   * Begins a conversation with a service of a name (text or `@PETNAME`) or of one device. Rejects with NO_ROUTE, NO_SERVICE,
   * NOT_ALLOWED, BUSY, and as asking for a name does. The signal gives up the conversation as well.
   */
  async dial(nameOrDevice: string, service: string, options: DialOptions = {}): Promise<Conversation> {
    const { signal, timeoutMs } = options
    const params = { to: nameOrDevice, service, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    const { items: call, input } = this.#caller.duplex('dial', params, { signal })
    const items = call[Symbol.asyncIterator]()
    const first = await items.next()
    if (first.done === true || !('peer' in first.value)) {
      throw new RunnelError('BAD_FRAME', 'the node does not say who has answered')
    }
    return new Conversation(first.value.peer, call, items, input)
  }

  /** Answers for a service, for as long as it is iterated: each item is a conversation that somebody has begun. */
  async *listen(service: string, options: ListenOptions = {}): AsyncGenerator<Conversation, void, undefined> {
    const { signal, from, onListening: onProgress } = options
    const params = { service, ...(from === undefined ? {} : { from: [...from] }) }
    for await (const { conversation, peer } of this.#caller.items('listen', params, { signal, onProgress })) {
      const { items: call, input } = this.#caller.duplex('accept', { conversation })
      yield new Conversation(peer, call, call[Symbol.asyncIterator](), input)
    }
  }

  /** Ends the node itself, gracefully. */
  async stop(options?: Abortable): Promise<void> {
    await this.#caller.call('stop', {}, options)
  }

  /** The calls themselves, for what has no method here. */
  get caller(): Caller {
    return this.#caller
  }

  /** Ends the connection, and an embedded node with it. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#caller.close()
      await this.#closeNode()
    })()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #all<M extends MethodName>(method: M, params: Params<M>, options: Abortable = {}): Promise<Item<M>[]> {
    const items: Item<M>[] = []
    for await (const item of this.#caller.items(method, params, options)) items.push(item)
    return items
  }
}
