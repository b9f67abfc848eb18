// How far a call is, on standard error: bars for people on a terminal, lines or records for those who ask, else nothing.

import type { SourceShare } from '../api/index.js'
import type { Invocation } from './command.js'
import { sourcesText } from './sources.js'
import { bytesText, clean, jsonLine } from './text.js'

/** What `get` and `publish` report. */
export interface Report {
  readonly files: number
  readonly bytes: number
  readonly totalFiles: number
  readonly totalBytes: number
  readonly path: string
  readonly sources?: readonly SourceShare[]
}

export interface ProgressView {
  readonly report: (report: Report) => void
  readonly close: () => void
}

/** A line a second is enough to see that it moves. */
const lineIntervalMs = 1000

/** `verb` is what has happened to the bytes: `got`, `published`. */
export async function openProgress(invocation: Invocation, verb: string): Promise<ProgressView> {
  const { progress } = await invocation.settings()
  const bars = process.stderr.isTTY === true && !invocation.output.json
  if (progress === 'none' || (progress === 'auto' && !bars)) return { report: () => {}, close: () => {} }
  if (progress === 'json') {
    return { report: (report) => invocation.output.note(jsonLine({ progress: report })), close: () => {} }
  }
  return progress === 'plain' ? plainLines(invocation, verb) : openBar(verb)
}

function plainLines({ output }: Invocation, verb: string): ProgressView {
  let shownMs = Number.NEGATIVE_INFINITY
  return {
    report: (report) => {
      const nowMs = performance.now()
      if (nowMs - shownMs < lineIntervalMs) return
      shownMs = nowMs
      output.note(
        `${verb} ${report.files} of ${report.totalFiles} files, ${bytesText(report.bytes)} of ${bytesText(report.totalBytes)}`,
      )
    },
    close: () => {},
  }
}

async function openBar(verb: string): Promise<ProgressView> {
  const { default: progress } = await import('cli-progress')
  const bar = new progress.SingleBar(
    {
      format: '{bar} {percentage} %  {text}',
      barsize: 24,
      clearOnComplete: true,
      hideCursor: true,
      stream: process.stderr,
      fps: 10,
    },
    progress.Presets.shades_classic,
  )
  let started = false
  return {
    report: (report) => {
      const from = sourcesText(report.sources ?? [])
      const name = clean(report.path)
      const text = `${verb} ${bytesText(report.bytes)} of ${bytesText(report.totalBytes)}  ${from === '' ? name : from}`
      const total = Math.max(1, report.totalBytes)
      if (!started) bar.start(total, report.bytes, { text })
      started = true
      bar.setTotal(total)
      bar.update(Math.min(total, report.bytes), { text })
    },
    close: () => {
      if (started) bar.stop()
    },
  }
}
