// Owners, senders and custodians without a network: the real inboxes and services on disks in memory, which speak to each
// other as long as both are up. A node can be killed at any moment and opened again on what its disk has.

import { RunnelError } from '../../errors/index.js'
import { Inbox } from '../../node/inbox/inbox.js'
import { InboxService } from '../../node/inbox/service.js'
import type { Dial } from '../../node/inbox/talk.js'
import { localTalks } from '../../node/inbox/talk.js'
import { openStore, type Store, systemTime } from '../../node/store/index.js'
import { MemoryFiles } from '../../node/store/testing/memory-files.js'
import { equal, KeyMap, toHex } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { encodeCertificate, type HeldCard, type InboxRecord, type NameState } from '../../stack/name/index.js'
import { filled, SampleName } from '../samples/name.js'

export class PostOffice {
  readonly crypto: Crypto
  readonly #up = new KeyMap<PostNode>(new Uint8Array(8))
  readonly nodes: PostNode[] = []
  /** What is added to the clock of all. */
  aheadMs = 0

  constructor(crypto: Crypto) {
    this.crypto = crypto
  }

  /** A node by a number of its own; `keepsBytes` are for inboxes of others. */
  async open(number: number, keepsBytes = 0): Promise<PostNode> {
    const node = new PostNode(this, number, keepsBytes)
    this.nodes.push(node)
    await node.start()
    return node
  }

  put(node: PostNode): void {
    this.#up.set(node.device, node)
  }

  drop(node: PostNode): void {
    this.#up.delete(node.device)
  }

  find(device: Uint8Array): PostNode | undefined {
    return this.#up.get(device)
  }

  nodeOf(name: Uint8Array): PostNode | undefined {
    return this.nodes.find((node) => equal(node.name, name))
  }

  async close(): Promise<void> {
    for (const node of this.nodes) await node.stop()
  }
}

export class PostNode {
  readonly person: SampleName
  readonly deviceSeed: Uint8Array
  readonly device: Uint8Array
  readonly name: Uint8Array
  files = new MemoryFiles()
  records: readonly InboxRecord[] = []
  readonly #office: PostOffice
  readonly #number: number
  readonly #keepsBytes: number
  #randoms = 0
  #store: Store | undefined
  #inbox: Inbox | undefined
  #service: InboxService | undefined

  constructor(office: PostOffice, number: number, keepsBytes: number) {
    const { crypto } = office
    this.#office = office
    this.#number = number
    this.#keepsBytes = keepsBytes
    this.person = new SampleName(crypto, [filled(number)])
    this.deviceSeed = filled(100 + number)
    this.device = crypto.ed25519.publicKeyFromSeed(this.deviceSeed)
    this.name = this.person.name
  }

  get inbox(): Inbox {
    if (this.#inbox === undefined) throw new Error('it is down')
    return this.#inbox
  }

  get service(): InboxService {
    if (this.#service === undefined) throw new Error('it is down')
    return this.#service
  }

  certificate() {
    return this.person.certificate({ devices: [this.device] }, filled(this.#number))
  }

  state(): NameState {
    const certificate = this.certificate()
    const card: HeldCard = this.person.card(1, this.records, Date.now(), this.deviceSeed)
    return { name: this.name, certificate, certificateBytes: encodeCertificate(certificate), cards: [card] }
  }

  /** `custodians` are asked to keep its inbox. */
  async start(custodians: readonly PostNode[] = []): Promise<void> {
    const { crypto } = this.#office
    const office = this.#office
    const now = () => ({ nowUs: systemTime.now().nowUs, nowMs: Date.now() + office.aheadMs })
    const time = { ...systemTime, now }
    const randomBytes = (count: number): Uint8Array => this.#random(count)
    const store = await openStore({
      home: '/home',
      files: this.files,
      crypto,
      randomBytes,
      cacheBytes: 4_194_304,
      time,
    })
    this.#store = store
    const identity = { name: this.name, device: this.device, deviceSeed: this.deviceSeed }
    const log = (): void => {}
    const keeping: Pick<Store, 'keep' | 'keptValues' | 'readChunk'> = {
      keep: (items) => store.keep(items),
      keptValues: (prefix) => store.keptValues(prefix),
      readChunk: (name) => store.readChunk(name),
    }
    this.#service = new InboxService({
      crypto,
      store: keeping,
      time,
      identity,
      randomBytes,
      log,
      policy: { grant: (_, __, wanted) => Math.min(wanted, this.#keepsBytes) },
      handleKept: () => {},
    })
    const dial: Dial = async (device) => {
      const there = office.find(device)
      if (there === undefined) throw new RunnelError('NO_HOLDER', 'it is down')
      const [here, other] = localTalks(this.device, device)
      void there.service.serve(other)
      return here
    }
    this.#inbox = new Inbox({
      crypto,
      store,
      time,
      identity,
      randomBytes,
      files: this.files,
      home: '/home',
      dial,
      findName: async (name) => {
        const found = office.nodeOf(name)?.state()
        if (found === undefined) throw new RunnelError('NO_HOLDER')
        return found
      },
      ownCertificate: () => encodeCertificate(this.certificate()),
      knownCertificate: () => undefined,
      list: async (records) => {
        this.records = records
      },
      listed: () => this.records,
      log,
    })
    office.put(this)
    if (custodians.length > 0) this.#inbox.start(custodians.map(({ device }) => device))
  }

  /** Ends it as a kill would: nothing more is written. */
  async kill(): Promise<void> {
    const disk = this.files.copy()
    await this.stop()
    this.files = disk
  }

  async stop(): Promise<void> {
    this.#office.drop(this)
    await this.#inbox?.close()
    await this.#service?.close()
    await this.#store?.close()
    this.#inbox = undefined
    this.#service = undefined
    this.#store = undefined
  }

  /** Forgets the envelopes that it has signed for, and goes on as if there had been none. */
  forgetEverything(): void {
    const { boxes } = this.service.machine
    for (const box of boxes) {
      for (const shelf of [...box.shelves.values()]) for (const entry of [...shelf]) box.remove(entry)
    }
  }

  /** What waits to be read, as texts. */
  async read(acknowledge = false): Promise<string[]> {
    const texts: string[] = []
    for await (const { id, letter } of this.inbox.waiting(false, new AbortController().signal)) {
      texts.push(new TextDecoder().decode(letter.body))
      if (acknowledge) await this.inbox.acknowledge(id)
    }
    return texts
  }

  send(to: PostNode, text: string, timeoutMs?: number) {
    const letter = { subject: '', body: new TextEncoder().encode(text), attachments: [] }
    return this.inbox.send(to.name, letter, new AbortController().signal, timeoutMs)
  }

  /** Random enough, and the same in each run. */
  #random(count: number): Uint8Array {
    const bytes = new Uint8Array(count)
    for (let at = 0; at < count; at += 32) {
      const text = `${this.#number} ${this.#randoms++} ${toHex(this.device)}`
      bytes.set(this.#office.crypto.hash(new TextEncoder().encode(text)).subarray(0, Math.min(32, count - at)), at)
    }
    return bytes
  }
}
