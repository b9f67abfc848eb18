// ADDR:PORT as users write it: an IPv4 address, a host name, or an IPv6 address in brackets.

import { RunnelError } from '../../errors/index.js'

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Throws BAD_ARGUMENT. A port alone, as `:7254` or `7254`, means all addresses. */
export function parseListen(text: string): HostPort {
  const match = /^(?:(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new RunnelError('BAD_ARGUMENT', `${text} is no address to listen on`, {
      hint: 'Write ADDR:PORT, for example 0.0.0.0:7254 or [::]:7254.',
    })
  }
  return { host: match[1] ?? (match[2] || '::'), port }
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
