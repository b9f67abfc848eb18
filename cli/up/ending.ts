// How a node in the foreground is asked to end: the first SIGTERM or SIGINT gracefully, the second at once.

export interface Ending {
  /** Resolves at the first signal. */
  readonly asked: Promise<void>
  close(): void
}

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const
const signals = ['SIGINT', 'SIGTERM'] as const

export function openEnding(): Ending {
  let wasAsked = false
  let resolve: () => void = () => {}
  const asked = new Promise<void>((yes) => {
    resolve = yes
  })
  const handle = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (wasAsked) process.exit(exitCodes[signal])
    wasAsked = true
    resolve()
  }
  // A terminal that closes is no reason to lose what is being written.
  const handleHangup = (): void => handle('SIGTERM')
  for (const signal of signals) process.on(signal, handle)
  process.on('SIGHUP', handleHangup)
  return {
    asked,
    close: () => {
      for (const signal of signals) process.off(signal, handle)
      process.off('SIGHUP', handleHangup)
    },
  }
}
