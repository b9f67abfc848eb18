// The target of stack/forward: everything that can come to a forwarding machine, in any order. Frames are what honest and
// other neighbours say, changed at will.

import { equal } from '../../../stack/bytes/index.js'
import { openHeldHead } from '../../../stack/data/index.js'
import type { Event } from '../../../stack/forward/index.js'
import { verifyCertificate } from '../../../stack/name/index.js'
import { ChaosRun } from '../../samples/chaos.js'
import { type ChaosStep, chaosFrame, crypto } from '../../samples/chaos-input.js'
import { Choices } from '../choices.js'
import { demand, type Target } from '../target.js'

const steps = [
  ...['up', 'down', 'interest', 'interest', 'interest', 'data', 'data', 'data', 'data', 'nack', 'announce', 'noise'],
  ...[
    'damaged',
    'time',
    'long',
    'drained',
    'local',
    'local',
    'cancel',
    'publish',
    'forget',
    'changed',
    'changed',
    'queue',
  ],
]

export const forwardTargets: readonly Target[] = [
  {
    name: 'stack/forward/machine',
    kind: 'machine',
    covers: ['openInterest'],
    inputBytes: 1_500,
    casesInCi: 500,
    // Answers of some hundred kilobytes are put together from pieces, many times in a run.
    allocatesBytes: 256 << 20,
    seeds: () => [1, 2, 3, 4, 5, 6].map(sequence),
    run: runMachine,
  },
]

class FuzzedRun extends ChaosRun {
  /** Nothing unverified is stored, answered or shown. */
  override handle(event: Event): void {
    if (event.kind === 'store') {
      if (event.what === 'chunk') demand(equal(crypto.hash(event.bytes), event.name), 'a stored chunk has its hash')
      if (event.what === 'name') {
        const { name, certificate } = event.state
        demand(verifyCertificate(crypto, name, certificate) === undefined, 'a stored certificate verifies')
      }
      if (event.what === 'head') {
        const { head, headBytes, page } = event.held
        const opened = openHeldHead(crypto, this.clock.nowMs, head.log, headBytes, page)
        demand(typeof opened !== 'string', 'a stored head verifies')
      }
    }
    super.handle(event)
  }

  /** A frame of the kind that `a` says with some of its bytes changed. */
  change({ who, a, b, noise }: ChaosStep): void {
    const asked = this.asked[b % Math.max(1, this.asked.length)]
    const kinds = ['interest', 'data', 'nack', 'announce']
    const [type, flags, body] = chaosFrame(kinds[a % 4] as string, asked?.interest, b, a, noise)
    const changed = body.slice()
    const changes = new Choices(noise)
    while (changes.left > 1 && changed.length > 0) {
      const at = changes.u8() % Math.min(changed.length, 64)
      changed[at] = changes.u8()
    }
    this.machine.handleFrame(this.clock, a % 3 === 0 || asked === undefined ? who : asked.who, type, flags, changed)
    this.drain()
    this.machine.settle()
    changed.fill(0xee)
    this.check()
  }
}

function runMachine(bytes: Uint8Array): void {
  const choices = new Choices(bytes)
  const run = new FuzzedRun()
  run.link()
  for (let count = 0; choices.left > 0 && count < 150; count++) {
    const what = steps[choices.below(steps.length)] as string
    const next = {
      what,
      who: 1 + choices.below(4),
      a: choices.u16() % 1_001,
      b: choices.u16() % 1_001,
      noise: noiseOf(what, choices),
    }
    const before = run.nowUs
    if (what === 'changed') run.change(next)
    else if (what === 'queue') run.machine.handleQueue(run.clock, next.who, next.a * 2_000)
    else run.step(next)
    demand(run.nowUs >= before, 'time does not go back')
  }
  run.end()
}

/** Only steps that use noise read some, so that the others stay where they are. */
function noiseOf(what: string, choices: Choices): Uint8Array<ArrayBuffer> {
  return takesNoise(what) ? choices.take(choices.below(81)) : new Uint8Array(0)
}

function takesNoise(what: string | undefined): boolean {
  return what === 'noise' || what === 'changed'
}

/** A run of each kind of step, the same for the same number. */
function sequence(number: number): Uint8Array {
  const hash = crypto.hash(Uint8Array.of(number))
  const bytes: number[] = []
  for (let index = 0; index < 60; index++) {
    const at = (offset: number): number => hash[(7 * index + offset) % 32] ?? 0
    const what = (at(0) + index) % steps.length
    bytes.push(what, at(1), at(2) & 3, at(3), at(4) & 3, at(5))
    if (takesNoise(steps[what])) bytes.push(2, at(6), at(7))
  }
  return Uint8Array.from(bytes)
}
