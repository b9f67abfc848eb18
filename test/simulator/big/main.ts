// Runs one big world and prints what it counted.
//
//     node --max-old-space-size=9000 --max-semi-space-size=64 dist/test/simulator/big/main.js SEED NODES SECONDS

import { runBigWorld } from '../big.js'

const [, , seed = '1', nodes = '1000', untilS = '60'] = process.argv
const outcome = await runBigWorld({ seed, nodes: Number(nodes), untilS: Number(untilS), report: console.log })
const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ ...outcome, cpuS: (user + system) / 1e6 }, undefined, 2))
