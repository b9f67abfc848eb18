// `npm run bench -- sim [--nodes 100000] [--real 1000]… [--seed 1] [--results FILE] [--write]
// [--ways N]`: what scale does. Real nodes run at the
// sizes of --real (0: none), the model at these and at powers of ten up to --nodes; how far the model is from them is printed.
// The same seed gives the same figures on every machine. --write puts them into docs/benchmarks.md. --ways is
// how many ways the root of the model knows; without it, as many as a real one.

import { parseArgs } from 'node:util'
import { commit } from '../frame/machine.js'
import { writeSection } from '../frame/page-section.js'
import { Refusal } from '../suites/options.js'
import { Load } from './load.js'
import type { Measures } from './measures.js'
import { model } from './model.js'
import { measureReal } from './real.js'
import { type Check, renderChecks, renderGrowth } from './render.js'
import { keepSimulation } from './results.js'
import { IspTree } from './shape.js'

const nodesLeast = 40
const nodesMost = 2_000_000

/** More take more memory than a machine has for a bench. */
const realMost = 10_000

export async function simulate(args: readonly string[]): Promise<number> {
  const { nodes, real, seed, results, write, ways } = parsed(args)
  if (real.length > 0) console.log(`${real.join(' and ')} real nodes …`)
  const { growth, checks } = await scaleOf(seed, nodes, real, ways)
  const tables = [renderGrowth(growth), ...(checks.length > 0 ? [renderChecks(checks)] : [])].join('\n\n')
  console.log(`\n${tables}\n`)
  if (results !== undefined) {
    console.log(`kept: ${keepSimulation({ seed, commit: commit(), growth, checks }, results)}`)
  }
  if (write) writeSection('sim', `Seed ${seed}, at commit ${commit()}.\n\n${tables}`)
  return 0
}

/** The model up to so many nodes, and beside real nodes at these sizes. */
export async function scaleOf(
  seed: string,
  nodes: number,
  real: readonly number[],
  ways?: number,
): Promise<{ growth: Measures[]; checks: Check[] }> {
  const checks: Check[] = []
  for (const size of real) checks.push(await checkAt(seed, size))
  return { growth: sizesTo(nodes).map((size) => modelAt(seed, size, ways)), checks }
}

export function modelAt(seed: string, nodes: number, ways?: number): Measures {
  const tree = new IspTree(nodes)
  return model(seed, tree, new Load(seed, tree), ways)
}

export async function checkAt(seed: string, nodes: number): Promise<Check> {
  const tree = new IspTree(nodes)
  const load = new Load(seed, tree)
  return { real: await measureReal(seed, tree, load), model: model(seed, tree, load) }
}

/** Powers of ten from a thousand on, and the size itself. */
export function sizesTo(nodes: number): number[] {
  const sizes: number[] = []
  for (let size = 1_000; size < nodes; size *= 10) sizes.push(size)
  return [...sizes, nodes]
}

interface Asked {
  readonly nodes: number
  readonly real: readonly number[]
  readonly seed: string
  readonly results: string | undefined
  readonly write: boolean
  readonly ways: number | undefined
}

function parsed(args: readonly string[]): Asked {
  let values: { nodes: string; real: string[]; seed: string; results?: string; write: boolean; ways?: string }
  try {
    values = parseArgs({
      args: [...args],
      options: {
        nodes: { type: 'string', default: '100000' },
        real: { type: 'string', multiple: true, default: ['1000'] },
        seed: { type: 'string', default: '1' },
        results: { type: 'string' },
        write: { type: 'boolean', default: false },
        ways: { type: 'string' },
      },
    }).values
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error))
  }
  const sized = (option: string, text: string, most: number): number => {
    const size = Number(text)
    if (Number.isSafeInteger(size) && size >= nodesLeast && size <= most) return size
    throw new Refusal(`--${option} ${text} is no number of nodes from ${nodesLeast} to ${most}`)
  }
  const real = values.real.filter((text) => text !== '0').map((text) => sized('real', text, realMost))
  const ways = values.ways === undefined ? undefined : Number(values.ways)
  if (ways !== undefined && !(Number.isSafeInteger(ways) && ways > 0)) {
    throw new Refusal(`--ways ${values.ways} is no number of ways`)
  }
  const { seed, results, write } = values
  return { nodes: sized('nodes', values.nodes, nodesMost), real, seed, results, write, ways }
}
