// The log of the node, on standard error: a line of JSON an event, or for people on a terminal a short line.

import { pino } from 'pino'
import type { LogEvent } from '../../node/index.js'
import type { Settings } from '../config/settings.js'
import { clean } from '../text.js'

export async function openLog(level: Settings['log-level']): Promise<(event: LogEvent) => void> {
  if (process.stderr.isTTY === true) return prettyLog(level)
  // Written at once: what happened last before a crash is what one looks for.
  const destination = pino.destination({ dest: 2, sync: true })
  const logger = pino({ level, base: { pid: process.pid } }, destination)
  return ({ level: eventLevel, event, ...fields }) => logger[eventLevel]({ event, ...plain(fields) })
}

const ranks: Readonly<Record<string, number>> = { debug: 20, info: 30, warn: 40, error: 50, silent: 100 }

function prettyLog(level: Settings['log-level']): (event: LogEvent) => void {
  const least = ranks[level] ?? 30
  return ({ level: eventLevel, event, ...fields }) => {
    if ((ranks[eventLevel] ?? 30) < least) return
    const facts = Object.entries(plain(fields)).map(([key, value]) => `${key}=${clean(shown(value))}`)
    const time = new Date().toISOString().slice(11, 19)
    const mark = eventLevel === 'info' ? '' : ` ${eventLevel.toUpperCase()}`
    process.stderr.write(`${time}${mark} ${[clean(event), ...facts].join('  ')}\n`)
  }
}

/** Errors by their code and message; the rest as it is. */
function plain(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? errorText(value) : value]),
  )
}

function errorText(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? `${error.code}: ${error.message}` : error.message
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}
