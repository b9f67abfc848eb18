// What went between the nodes: the last frames in memory, and all of them for whoever listens. A failing run shows them as
// a sequence diagram.

import { FrameType } from '../../stack/link/index.js'
import type { VirtualTime } from './virtual-time.js'

export interface TracedFrame {
  readonly atUs: number
  readonly from: string
  readonly to: string
  readonly type: number
  readonly bytes: number
}

const kept = 50

const names = new Map<number, string>(Object.entries(FrameType).map(([name, type]) => [type, name]))

export class Trace {
  /** Told each frame and each event as a line. */
  listener: ((line: string) => void) | undefined
  readonly #time: VirtualTime
  readonly #frames: TracedFrame[] = []
  #next = 0
  frames = 0

  constructor(time: VirtualTime) {
    this.#time = time
  }

  frame(from: string, to: string, type: number, bytes: number): void {
    const frame = { atUs: this.#time.nowUs, from, to, type, bytes }
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
