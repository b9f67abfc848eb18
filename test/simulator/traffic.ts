// Watches what the nodes of a simulation send and store: a chunk that leaves a node or enters its store hashes to the name
// that was asked for, whatever its neighbours do. It looks with its own eyes, at the bytes on the wire.

import type { ComposedNode } from '../../node/composed.js'
import { equal, toHex } from '../../stack/bytes/index.js'
import { decodeData, decodeInterest, FrameType } from '../../stack/forward/wire/index.js'
import type { Computer } from './computer.js'
import { Violation } from './model.js'
import type { World } from './world.js'

export class Traffic {
  readonly #world: World
  /** The chunk that a token asks for, by asker, asked and token. */
  readonly #asked = new Map<string, Uint8Array>()
  /** The first that was seen. */
  violation: Violation | undefined

  constructor(world: World) {
    this.#world = world
  }

  /** Follows a node from its start on. */
  watch(computer: Computer, node: ComposedNode): void {
    const { carrier, content } = node
    const send = carrier.send.bind(carrier)
    carrier.send = (id, type, flags, head, payload) => {
      const link = carrier.links.get(id)
      if (link !== undefined) {
        const to = this.#world.nameOf(link.device)
        if (type === FrameType.interest) this.#handleInterest(computer.name, to, head)
        else if (type === FrameType.data) this.#handleData(computer.name, to, head, payload)
      }
      return send(id, type, flags, head, payload)
    }
    const handleStored = content.handleStored.bind(content)
    content.handleStored = (event) => {
      if (event.what === 'chunk' && !this.#matches(event.name, event.bytes)) {
        this.violation ??= new Violation(`${computer.name} stored what is not ${toHex(event.name)}`)
      }
      handleStored(event)
    }
  }

  #handleInterest(from: string, to: string, body: Uint8Array): void {
    const interest = decodeInterest(body)
    if (typeof interest === 'string') throw new Error(`${from} sends an Interest that does not parse: ${interest}`)
    const key = `${from}>${to} ${interest.token}`
    if (interest.question.kind === 'chunk') this.#asked.set(key, interest.key.slice())
    else this.#asked.delete(key)
  }

  #handleData(from: string, to: string, head: Uint8Array, payload: Uint8Array | undefined): void {
    const body = payload === undefined ? head : Buffer.concat([head, payload])
    const data = decodeData(body)
    if (typeof data === 'string') throw new Error(`${from} sends Data that does not parse: ${data}`)
    const name = this.#asked.get(`${to}>${from} ${data.token}`)
    if (name === undefined || data.payload.length !== data.total) return
    if (!this.#matches(name, data.payload)) {
      this.violation ??= new Violation(`${from} sent ${to} what is not ${toHex(name)}`)
    }
  }

  #matches(name: Uint8Array, bytes: Uint8Array): boolean {
    return equal(this.#world.crypto.hash(bytes), name)
  }
}
