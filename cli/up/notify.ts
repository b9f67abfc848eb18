// Readiness for systemd (sd_notify(3)), through its own program, as Node has no datagram sockets of Unix. Without
// NOTIFY_SOCKET nothing is done; without the program nothing but a warning.

import { execFile } from 'node:child_process'

export interface Notify {
  ready(status: string): void
  stopping(): void
  close(): void
}

export function openNotify(environment: NodeJS.ProcessEnv): Notify {
  if (!environment.NOTIFY_SOCKET) return { ready: () => {}, stopping: () => {}, close: () => {} }
  let warned = false
  const send = (...assignments: string[]): void => {
    execFile('systemd-notify', [`--pid=${process.pid}`, ...assignments], (error) => {
      if (error === null || warned) return
      warned = true
      process.stderr.write(`runnel: systemd was not told: ${error.message.split('\n')[0]}\n`)
    })
  }
  const watchdog = startWatchdog(environment, () => send('WATCHDOG=1'))
  return {
    ready: (status) => send('READY=1', `STATUS=${status}`),
    stopping: () => send('STOPPING=1'),
    close: () => clearInterval(watchdog),
  }
}

/** Half of the time that systemd waits, as sd_watchdog_enabled(3) recommends. */
function startWatchdog(environment: NodeJS.ProcessEnv, beat: () => void): NodeJS.Timeout | undefined {
  const waitMs = Number(environment.WATCHDOG_USEC) / 1000
  const mine = environment.WATCHDOG_PID === undefined || Number(environment.WATCHDOG_PID) === process.pid
  if (!mine || !(waitMs > 0)) return undefined
  return setInterval(beat, Math.max(1000, waitMs / 2)).unref()
}
