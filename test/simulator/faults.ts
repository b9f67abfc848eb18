// The faults of a plan, done to a simulation.

import type { Computer } from './computer.js'
import type { Act } from './plan.js'
import { Random } from './random.js'
import type { Simulation } from './simulation.js'

type Fault = Exclude<Act, { kind: 'append' | 'publish' | 'read' }>

export function applyFault(simulation: Simulation, fault: Fault): void {
  const { computers, world } = simulation
  const { network, time } = world
  const at = (index: number): Computer => {
    const computer = computers[index]
    if (computer === undefined) throw new RangeError(`there is no computer ${index}`)
    return computer
  }
  const clog = (from: string, to: string, forMs: number): void => {
    // A swizzle that had not come to this cable yet is over with all other faults.
    if (simulation.isHealed) return
    const cable = network.cable(from, to)
    cable.clearAtUs = Math.max(cable.clearAtUs, time.nowUs + forMs * 1_000)
  }
  switch (fault.kind) {
    case 'kill':
    case 'power': {
      const computer = at(fault.computer)
      if (!computer.running) return
      if (fault.kind === 'kill') computer.kill()
      else computer.losePower(fault.loss)
      simulation.restart(computer, fault.downMs)
      return
    }
    case 'stop': {
      const computer = at(fault.computer)
      if (computer.node === undefined) return
      simulation.background(async () => {
        await computer.stop()
        simulation.restart(computer, fault.downMs)
      })
      return
    }
    case 'reset':
      network.reset(at(fault.one).name, at(fault.other).name)
      return
    case 'clog':
      clog(at(fault.from).name, at(fault.to).name, fault.forMs)
      return
    case 'partition': {
      const inside = new Set(fault.group)
      for (const [one, { name }] of computers.entries()) {
        for (const [other, { name: otherName }] of computers.entries()) {
          if (inside.has(one) && !inside.has(other)) {
            clog(name, otherName, fault.forMs)
            if (!fault.oneWay) clog(otherName, name, fault.forMs)
          }
        }
      }
      return
    }
    case 'swizzle': {
      const random = new Random(`swizzle ${fault.seed}`)
      const { name } = at(fault.computer)
      for (const { name: other } of random.some(computers, computers.length)) {
        if (other === name || random.chance(0.5)) continue
        const beginMs = random.between(0, fault.forMs)
        const forMs = random.between(0, fault.forMs)
        time.after(beginMs * 1_000, () => {
          clog(name, other, forMs)
          clog(other, name, forMs)
        })
      }
      return
    }
    case 'rebind':
      simulation.packets.rebind(at(fault.computer))
      return
    case 'clock': {
      const computer = at(fault.computer)
      for (const stream of simulation.streams) if (stream.writer === computer) stream.handleClockJump()
      computer.skewMs = fault.skewMs
      return
    }
    case 'disk': {
      const { call, code, forever } = fault
      at(fault.computer).failDisk({ call, code, forever })
      return
    }
    case 'rot':
      rot(at(fault.computer), fault.bits, new Random(`rot ${fault.seed}`))
  }
}

/** Of the cache alone: what damage does to own/ and kept/ is tried where every bit of them is. */
function rot({ files }: Computer, bits: number, random: Random): void {
  const contents = files
    .paths()
    .filter((path) => path.includes('/cache/') && files.holds(path))
    .map((path) => files.content(path))
    .filter(({ length }) => length > 0)
  for (let flipped = 0; flipped < bits && contents.length > 0; flipped++) {
    const content = random.pick(contents)
    const at = random.between(0, content.length - 1)
    content[at] = (content[at] ?? 0) ^ (1 << random.between(0, 7))
  }
}
