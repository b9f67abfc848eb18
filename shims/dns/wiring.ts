// Whether this machine asks us for our names, and the one thing to do where it does not. Nothing is changed here: who asks
// whom for names is the user's to say.

import { lookup } from 'node:dns/promises'
import { existsSync } from 'node:fs'
import type { Check } from '../../api/index.js'

/** Asks the way that every program of this machine does. `place`: where we answer, as ADDR:PORT. */
export async function examineWiring(host: string, address: string, suffix: string, place: string): Promise<Check> {
  const got = await lookup(host, { family: 6, all: true }).catch(() => [])
  if (got.some((one) => one.address === address)) {
    return {
      check: 'dns',
      level: 'ok',
      text: `names below .${suffix} are answered by ${place}, and programs here ask it`,
    }
  }
  const text = `${place} answers for names below .${suffix}, but programs of this machine ask elsewhere`
  return { check: 'dns', level: 'warn', text, fix: fixOf(suffix, place, existsSync('/run/systemd/resolve')) }
}

/** The line to add, for whoever resolves names here. */
export function fixOf(suffix: string, place: string, resolved: boolean): string {
  if (resolved) {
    return `Write to /etc/systemd/resolved.conf.d/${suffix}.conf the lines "[Resolve]", "DNS=${place}" and "Domains=~${suffix}", then restart systemd-resolved.`
  }
  const split = place.lastIndexOf(':')
  const server = `${place.slice(0, split).replace(/[[\]]/g, '')}#${place.slice(split + 1)}`
  return `Add one line to the configuration of the resolver here; for dnsmasq: server=/${suffix}/${server}`
}
