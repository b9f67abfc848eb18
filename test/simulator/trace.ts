// What went between the nodes: the last frames in memory, and all of them for whoever listens. A failing run shows them as
// a sequence diagram.

import { encodeUtf8, toHex } from '../../stack/bytes/index.js'
import { FrameType } from '../../stack/link/index.js'
import { Digest } from './digest.js'
import type { VirtualTime } from './virtual-time.js'

export interface TracedFrame {
  readonly atUs: number
  readonly from: string
  readonly to: string
  readonly type: number
  readonly bytes: number
}

const kept = 50
const NO_BYTES = new Uint8Array(0)

const names = new Map<number, string>(Object.entries(FrameType).map(([name, type]) => [type, name]))

export class Trace {
  /** Told each frame and each event as a line. */
  listener: ((line: string) => void) | undefined
  readonly #time: VirtualTime
  readonly #frames: TracedFrame[] = []
  #digest: Digest | undefined
  #next = 0
  frames = 0

  constructor(time: VirtualTime) {
    this.#time = time
  }

  /** From now on all frames, with every byte of them, go into the fingerprint. */
  takeFingerprint(): void {
    this.#digest = new Digest(0)
  }

  /** The same for two runs when they were the same: each frame at the same time, between the same, with the same bytes. */
  get fingerprint(): string {
    return this.#digest === undefined ? '' : toHex(this.#digest.digest())
  }

  frame(from: string, to: string, type: number, head: Uint8Array, payload: Uint8Array = NO_BYTES): void {
    const bytes = head.length + payload.length
    const frame = { atUs: this.#time.nowUs, from, to, type, bytes }
    this.#digest
      ?.update(encodeUtf8(`${frame.atUs} ${from} ${to} ${type} ${bytes}`))
      .update(head)
      .update(payload)
    this.#frames[this.#next] = frame
    this.#next = (this.#next + 1) % kept
    this.frames++
    this.listener?.(`${seconds(frame.atUs)} ${from} > ${to} ${nameOf(type)} ${bytes}`)
  }

  /** Something that is no frame: a fault, a call, an end. */
  event(text: string): void {
    this.listener?.(`${seconds(this.#time.nowUs)} ${text}`)
  }

  /** The last frames, oldest first, as a mermaid sequence diagram. */
  diagram(): string {
    const frames = [...this.#frames.slice(this.#next), ...this.#frames.slice(0, this.#next)]
    const lines = frames.map(
      ({ atUs, from, to, type, bytes }) => `  ${from}->>${to}: ${seconds(atUs)} ${nameOf(type)} ${bytes} B`,
    )
    return ['sequenceDiagram', ...lines].join('\n')
  }
}

function nameOf(type: number): string {
  return names.get(type) ?? `0x${type.toString(16)}`
}

function seconds(us: number): string {
  return (us / 1_000_000).toFixed(6)
}
