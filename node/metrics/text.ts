// The text format of Prometheus, version 0.0.4: families with help and type, then their series.
// https://prometheus.io/docs/instrumenting/exposition_formats/

import type { HistogramValue } from './histogram.js'

export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

export interface Series {
  /** Values of the labels, in the order in which the family names them. */
  readonly labels: readonly string[]
  readonly value: number
}

/** A metric with its values at one moment. */
export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  readonly values: readonly Series[] | HistogramValue
}

/** All families as one text. */
export function formatFamilies(families: readonly Family[]): string {
  return families.map(formatFamily).join('')
}

function formatFamily({ name, type, help, labels, values }: Family): string {
  const lines = [`# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`, `# TYPE ${name} ${type}`]
  if ('buckets' in values) {
    for (const [bound, count] of values.buckets) lines.push(`${name}_bucket{le="${formatNumber(bound)}"} ${count}`)
    lines.push(`${name}_sum ${formatNumber(values.sum)}`, `${name}_count ${values.count}`)
  } else {
    for (const series of values) {
      const pairs = labels.map((label, index) => `${label}="${escaped(series.labels[index] ?? '')}"`)
      lines.push(`${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${formatNumber(series.value)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}

function formatNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
