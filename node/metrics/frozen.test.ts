// What dashboards are built on: the names, types and labels of metrics. A line may be added here, and none changed or
// taken away.

import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { metricsPage } from './page.js'
import { metrics } from './table.js'

const test = suite('metrics/frozen')

const frozen = `
counter process_cpu_seconds_total
gauge process_resident_memory_bytes
gauge process_start_time_seconds
histogram runnel_append_seconds
gauge runnel_channel_buffer_bytes
gauge runnel_channel_labels
gauge runnel_channels
counter runnel_channels_total{result}
gauge runnel_session_buffer_bytes
counter runnel_session_resumes_total
gauge runnel_sessions{state}
counter runnel_sessions_total{result}
gauge runnel_cache_bytes{class}
counter runnel_chunks_served_total{source}
gauge runnel_custody_bytes{class}
gauge runnel_custody_logs
counter runnel_custody_refused_total{reason}
counter runnel_duplicate_upstream_bytes_total
histogram runnel_event_loop_delay_seconds
histogram runnel_first_byte_seconds
counter runnel_fork_proofs_total
counter runnel_handshakes_total{result}
gauge runnel_health_warnings{code}
counter runnel_dns_answers_total{code}
counter runnel_http_requests_total{status}
gauge runnel_inbox_bytes
counter runnel_inbox_envelopes_total{result}
gauge runnel_inboxes
gauge runnel_info{version,native}
gauge runnel_letters_waiting
counter runnel_letters_dropped_total
counter runnel_letters_refused_total{reason}
counter runnel_interests_total{result}
counter runnel_link_bytes_total{neighbour,direction,kind}
gauge runnel_link_rtt_seconds{neighbour}
counter runnel_packets_dropped_total{reason}
gauge runnel_pit_entries
gauge runnel_receipts{state}
counter runnel_tun_bytes_total{direction}
counter runnel_tun_dropped_total{reason}
gauge runnel_tun_flows{state}
counter runnel_tun_misses_total
counter runnel_tun_packets_total{direction}
gauge runnel_tun_peers{path}
gauge runnel_tun_up
counter runnel_verify_failures_total{neighbour}
`

test('the names, types and labels are those that were promised', () => {
  const now = metrics.map(({ name, type, labels }) => {
    return `${type} ${name}${labels.length === 0 ? '' : `{${labels.join(',')}}`}`
  })
  const byName = (a: string, b: string): number => ((a.split(' ')[1] ?? '') < (b.split(' ')[1] ?? '') ? -1 : 1)
  assert.equal(now.sort(byName), frozen.trim().split('\n').sort(byName))
})

test('names are as Prometheus wants them: a unit at the end, _total for counters and for nothing else', () => {
  for (const { name, type, help } of metrics) {
    assert.match(name, /^(runnel|process)_[a-z]+(_[a-z]+)*$/)
    assert.is(name.endsWith('_total'), type === 'counter', name)
    assert.match(help, /^[A-Z].*\.$/)
  }
})

test('docs/reference/metrics.md is what the table says; `npm run docs` writes it', () => {
  const page = readFileSync(new URL('../../../docs/reference/metrics.md', import.meta.url), 'utf8')
  assert.ok(page === metricsPage(), 'docs/reference/metrics.md is out of date: run `npm run docs`')
})

test.run()
