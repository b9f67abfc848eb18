// The text format as its description says it, held against a reader that was written from that description.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseMetrics } from '../../test/node/metrics-text.js'
import { Histogram, secondsBounds } from './histogram.js'
import { formatFamilies } from './text.js'

const test = suite('metrics/text')

test('a family is its help, its type and its series', () => {
  const values = [
    { labels: ['a', 'in'], value: 3 },
    { labels: ['b', 'out'], value: 0.5 },
  ]
  const text = formatFamilies([{ name: 'x_total', type: 'counter', help: 'Some.', labels: ['n', 'd'], values }])
  assert.is(text, '# HELP x_total Some.\n# TYPE x_total counter\nx_total{n="a",d="in"} 3\nx_total{n="b",d="out"} 0.5\n')
})

test('a histogram counts upward to infinity, with its sum and its count', () => {
  const histogram = new Histogram([0.1, 1])
  for (const value of [0.1, 0.05, 0.7, 40]) histogram.observe(value)
  const text = formatFamilies([{ name: 'x', type: 'histogram', help: 'H.', labels: [], values: histogram.value() }])
  assert.match(text, 'x_bucket{le="0.1"} 2\nx_bucket{le="1"} 3\nx_bucket{le="+Inf"} 4\nx_sum 40.85\nx_count 4\n')
})

test('bounds of seconds are numbers that people write', () => {
  assert.equal(secondsBounds(0.0001, 0.01), [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01])
  assert.equal(secondsBounds(0.5, 5), [0.5, 1, 2.5, 5])
})

test('any label is read back as it was, whatever is in it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 5 }), fc.double(), (labels, value) => {
      const series = labels.map((label) => ({ labels: [label], value }))
      const family = { name: 'x', type: 'gauge' as const, help: 'a "b" \\ \n c', labels: ['l'], values: series }
      const [read] = parseMetrics(formatFamilies([family]))
      assert.is(read?.help, family.help)
      assert.equal(
        read?.series.map(({ labels: of }) => of.l),
        labels,
      )
      for (const one of read?.series ?? []) assert.ok(Object.is(one.value, value) || one.value === value)
    }),
  )
})

test('every value is counted in exactly one bucket', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true })), (values) => {
      const histogram = new Histogram(secondsBounds(0.001, 10))
      for (const value of values) histogram.observe(value)
      const { buckets, count } = histogram.value()
      assert.is(count, values.length)
      for (const [bound, below] of buckets) assert.is(below, values.filter((value) => value <= bound).length)
    }),
  )
})

test.run()
