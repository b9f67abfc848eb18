// What a node counts, as Prometheus reads it: one table of metrics, their text, and a socket that serves it.

export { watchLoopDelay } from './loop-delay.js'
export { addDrops, Measures } from './measures.js'
export { MetricsServer } from './server.js'
export type { MetricSource } from './source.js'
export { familiesOf } from './table.js'
export { formatFamilies } from './text.js'
