// What it means that an interface lacks rules of routing, and what to do: which kernels do not all have.

import { readFileSync } from 'node:fs'
import { RunnelError } from '../../errors/index.js'
import { formatAddress } from '../../stack/name/index.js'
import type { Prefix } from '../datapath.js'

/** Flag of a route by which nothing goes, of `linux/ipv6_route.h`. */
const reject = 0x0200

/**
 * As a problem with its fix; undefined when nothing is lacking. `told`: `STEP ERRNO TEXT`, as the native tunnel says it; `prefix`:
 * of the peers; `routes`: what /proc/net/ipv6_route says.
 */
export function lackingRules(
  told: string | undefined,
  prefix: Prefix,
  routes: () => string = routesOfMachine,
): RunnelError | undefined {
  if (told === undefined) return undefined
  const [, step, text] = /^(\w+) \d+ (.*)$/s.exec(told) ?? ['', 'rules', told]
  if (step === 'answer') {
    return new RunnelError('IO', `programs that ask for a site by its name meet the device itself: ${text}`, {
      hint: 'Use a kernel with rules of routing for ports (Linux 4.17 or later), or http://NAME.key.localhost:7280/.',
    })
  }
  if (isRefused(prefix, routes())) return undefined
  const shown = `${formatAddress(prefix.address)}/${prefix.bits}`
  return new RunnelError(
    'IO',
    `nothing keeps packets to devices from leaving unsealed while the interface is gone: ${text}`,
    {
      hint: `Refuse them then with \`ip -6 route add unreachable ${shown} metric 4294967295\`, and start the node again.`,
    },
  )
}

/** Whether a route refuses the prefix where no other leads to it. */
function isRefused({ address, bits }: Prefix, routes: string): boolean {
  const start = `${Buffer.from(address).toString('hex')} ${bits.toString(16).padStart(2, '0')} `
  const found = routes.split('\n').filter((line) => line.startsWith(start))
  // destination bits source bits next-hop metric references use flags interface
  return found.some((line) => (Number.parseInt(line.split(/\s+/)[8] ?? '', 16) & reject) !== 0)
}

function routesOfMachine(): string {
  try {
    return readFileSync('/proc/net/ipv6_route', 'latin1')
  } catch {
    return ''
  }
}
