// Whether this machine asks us for our names, and the one thing to do where it does not. Where systemd-resolved runs, it is
// told who answers for the suffix on our own interface, which goes with that; who else is asked for names is the user's to
// say, so nothing else is changed.

import { execFile } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Check } from '../../api/index.js'
import { examineMs, wiringMs } from './limits.js'

/** Where systemd-resolved has its state while it runs. */
const resolvedDirectory = '/run/systemd/resolve'

/** Tells systemd-resolved, where it runs, that names below the suffix are asked for on this interface, and no others. */
export async function wireLink(
  { name, address }: { readonly name: string; readonly address: string },
  suffix: string,
  directory = resolvedDirectory,
): Promise<void> {
  if (!existsSync(directory)) return
  // What it refuses, or does not know, `examineWiring` finds.
  await tellResolved('dns', name, address)
  await tellResolved('domain', name, `~${suffix}`)
  await tellResolved('default-route', name, 'false')
}

function tellResolved(...words: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    execFile('resolvectl', words, { timeout: wiringMs }, () => resolve())
  })
}

/** Asks the way that every program of this machine does. `place`: where we answer, as ADDR:PORT. */
export async function examineWiring(host: string, address: string, suffix: string, place: string): Promise<Check> {
  const asked = lookup(host, { family: 6, all: true }).catch(() => [])
  // Without any resolver the system waits for long; ours answers at once.
  const got = await Promise.race([asked, setTimeout(examineMs, [], { ref: false })])
  if (got.some((one) => one.address === address)) {
    return {
      check: 'dns',
      level: 'ok',
      text: `names below .${suffix} are answered by ${place}, and programs here ask it`,
    }
  }
  const text = `${place} answers for names below .${suffix}, but programs of this machine ask elsewhere`
  return { check: 'dns', level: 'warn', text, fix: fixOf(suffix, place, existsSync(resolvedDirectory)) }
}

/** The line to add, for whoever resolves names here. */
export function fixOf(suffix: string, place: string, resolved: boolean): string {
  if (resolved) {
    return `Write to /etc/systemd/resolved.conf.d/${suffix}.conf the lines "[Resolve]", "DNS=${place}" and "Domains=~${suffix}", then restart systemd-resolved.`
  }
  const split = place.lastIndexOf(':')
  const server = `${place.slice(0, split).replace(/[[\]]/g, '')}#${place.slice(split + 1)}`
  const line = `Add one line to the configuration of the resolver here; for dnsmasq: server=/${suffix}/${server}`
  // What we refuse, the C library of GNU asks the next server for.
  if (!server.endsWith('#53')) return line
  return `${line}; without a resolver, above the others in /etc/resolv.conf: nameserver ${server.slice(0, -'#53'.length)}`
}
