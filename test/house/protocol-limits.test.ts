// The numbers that docs/protocol.md §13 states are those of the code.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { maxFrameBytes, maxFrameDepth, maxFrameValues } from '../../api/protocol/limits.js'
import { maxInboundLinks } from '../../node/carrier/limits.js'
import { maxKeptChunks, maxPins } from '../../node/custody/limits.js'
import { maxFollowedSymlinks, siteSearchEntries } from '../../node/reader/limits.js'
import * as sessions from '../../node/sessions/limits.js'
import { RECORD_BYTES_MAX, SEGMENT_BYTES, VALUE_BYTES_MAX, VALUE_KEY_BYTES_MAX } from '../../node/store/limits.js'
import { maxQuestionBytes } from '../../node/tunnel/limits.js'
import * as custody from '../../stack/custody/limits.js'
import * as data from '../../stack/data/limits.js'
import * as channels from '../../stack/forward/channels/limits.js'
import * as forward from '../../stack/forward/limits.js'
import * as asked from '../../stack/forward/packets/limits.js'
import * as ports from '../../stack/forward/ports/limits.js'
import { MAX_PIECE_BYTES } from '../../stack/forward/wire/data.js'
import { MAX_HOPS, MAX_RANK } from '../../stack/forward/wire/index.js'
import { MAX_PACKET_FRAMES } from '../../stack/forward/wire/stream-packet.js'
import * as inbox from '../../stack/inbox/limits.js'
import * as link from '../../stack/link/limits.js'
import * as name from '../../stack/name/limits.js'
import * as noise from '../../stack/noise/limits.js'
import * as packet from '../../stack/packet/limits.js'
import { MAX_MESSAGE_BYTES } from '../../stack/packet/wire/message.js'
import * as session from '../../stack/session/limits.js'
import { readTree } from './tree.js'

const page = readTree(['docs/protocol.md']).get('docs/protocol.md') ?? ''
const tables = page.slice(page.indexOf('## 13. Limits'))
const test = suite('limits of the protocol')

/** 61440 as the page writes it: 61,440. */
const written = (value: number) => value.toLocaleString('en-US')

/** Rows of the tables of §13: what, and its numbers in order. */
const rows: readonly (readonly [string, readonly number[]])[] = [
  ['chunk', [data.maxChunkBytes, data.maxChildren, data.maxRunChildren]],
  ['entry', [data.maxEntryBytes]],
  ['log tree, file nodes', [0, data.maxTreeLevel]],
  ['directory', [data.maxItemNameBytes, data.maxTargetBytes, data.maxMoreDepth, data.maxFolderDepth]],
  ['site entry', [siteSearchEntries]],
  ['symlinks that a path meets', [maxFollowedSymlinks]],
  ['certificate', [name.MAX_RUNGS, name.MAX_DEVICES]],
  ['card', [name.MAX_CARD_RECORDS]],
  ['closings', [name.MAX_CLOSED_DEVICES, name.MAX_CLOSED_LOGS]],
  ['name answer, head answer', [name.MAX_NAME_ANSWER_BYTES, data.maxHeadAnswerBytes]],
  ['path of a link', [name.MAX_PATH_NAMES]],
  ['handshake message', [link.MAX_HANDSHAKE_BYTES]],
  ['envelope, recipients, subject', [inbox.MAX_ENVELOPE_BYTES, inbox.MAX_RECIPIENTS, inbox.MAX_SUBJECT_BYTES]],
  ['attachments, tickets of a letter', [inbox.MAX_ATTACHMENTS, inbox.MAX_TICKETS]],
  ['inbox key, its custodians', [name.MAX_INBOX_KEY_MS, name.MAX_INBOX_CUSTODIANS]],
  ['clock ahead', [data.maxClockAheadMs]],
  ['store record', [RECORD_BYTES_MAX]],
  ['API frame', [maxFrameBytes]],
  ['Interests open, one neighbour', [forward.MAX_ROWS_PER_FACE, forward.MAX_ROWS]],
  ['live Interests, one neighbour', [forward.MAX_LIVE_ROWS_PER_FACE, forward.MAX_LIVE_ROWS]],
  [
    'routes, one neighbour',
    [forward.MAX_ROUTES_PER_NEIGHBOUR, forward.MAX_ROUTES, forward.MAX_ROUTES_PER_KEY, forward.MAX_OWN_ROUTES],
  ],
  ['half-open handshakes', [link.MAX_HALF_OPEN, link.MAX_HALF_OPEN_OF_SOURCE]],
  ['allowance of a neighbour', [forward.MIN_ALLOWANCE_BYTES, forward.MAX_ALLOWANCE_BYTES]],
  ['candidates asked for one question', [forward.MAX_ATTEMPTS]],
  [
    'channels of a neighbour',
    [channels.MAX_CHANNELS_OF_NEIGHBOUR, channels.MAX_HALF_OPEN_OF_NEIGHBOUR, channels.MAX_CHANNELS],
  ],
  ['labels of one end of a channel', [channels.MAX_GIVEN_LABELS]],
  ['cookies expected at once', [ports.MAX_COOKIES]],
  ['bytes that wait in all channels', [channels.MAX_CHANNEL_BYTES]],
  ['ways tried for one OPEN', [channels.MAX_WAYS]],
  [
    'logs kept for others',
    [custody.maxRecords, custody.maxRecordsOfClient, custody.maxWalks, custody.maxWaitingOffers, maxKeptChunks],
  ],
  ['pins', [maxPins]],
  [
    'sessions',
    [
      sessions.maxSessions,
      sessions.maxSessionsOfDevice,
      sessions.maxHalfOpenSessions,
      sessions.maxCallsAtOnce,
      sessions.callsPerSecond,
    ],
  ],
  [
    'room and unacknowledged bytes of a session',
    [session.MAX_ROOM_BYTES, sessions.maxUntakenBytes, session.FIRST_ROOM_BYTES],
  ],
  ["session's handshake message", [session.MAX_MESSAGE_BYTES]],
  ['neighbours', [forward.MAX_NEIGHBOURS, maxInboundLinks]],
  ['inboxes kept', [inbox.MAX_BOXES, inbox.MAX_BOX_ENTRIES, inbox.MAX_ENTRIES]],
  ['what is written down of them', [inbox.MAX_BOX_RECORD_BYTES, inbox.MAX_RECORD_BYTES]],
  ['devices for packets', [packet.MAX_PEERS, packet.MAX_KNOWN_DEVICES, packet.MAX_CANDIDATES]],
  [
    'questions by packets',
    [
      asked.MAX_QUESTIONS_OF_SOURCE,
      asked.MAX_QUESTIONS,
      asked.SOURCE_ALLOWANCE_BYTES,
      asked.PACKETS_AT_ONCE,
      asked.PACKETS_PER_SECOND,
      asked.MAX_SOURCES,
    ],
  ],
  ['flows of packets', [packet.MAX_FLOWS, packet.MAX_FLOWS_FROM_PEER, packet.MAX_WAITING_FLOWS]],
]

for (const [what, numbers] of rows) {
  test(`${what}: ${numbers.map(written).join(', ')}`, () => {
    const row = tables.split('\n').find((line) => line.startsWith(`| ${what} | `)) ?? ''
    assert.equal(row.slice(what.length + 3).match(/\d[\d,]*\d|\d/g), numbers.map(written), row)
  })
}

test('powers of two, and numbers that stand in other sections', () => {
  assert.equal([link.MAX_RECORDS, data.maxFolderDirectories, data.maxFolderFiles], [2 ** 36, 2 ** 20, 2 ** 24])
  assert.equal([data.maxNodeLevel, name.MAX_CHUNK_BYTES], [data.maxTreeLevel, data.maxChunkBytes])
  const sentences = [
    `at most ${written(data.maxRunBodyBytes)}`,
    `${written(data.maxPartBytes)} bytes of the file`,
    `a piece has 1 to ${written(MAX_PIECE_BYTES)} bytes`,
    `start ≤ ${MAX_HOPS}`,
    `the last ${written(siteSearchEntries)} entries`,
    `more than ${maxFollowedSymlinks} of them`,
    `rank above ${MAX_RANK}`,
    `MUST NOT have more than ${written(asked.MAX_PACKET_BYTES)} bytes`,
    `the own machine ${written(asked.MAX_OWN_PACKET_BYTES)}`,
    `n u8 (1..${MAX_PACKET_FRAMES})`,
    `questions of more than ${written(maxQuestionBytes)} bytes`,
    `less than ${written(forward.MIN_LIFETIME_MS)} counts as`,
    `more than ${written(forward.MAX_LIFETIME_MS)} as`,
    `${written(forward.INITIAL_ALLOWANCE_BYTES)} at first`,
    `at most ${forward.MAX_BUSY_RETRIES} times`,
    `at least the last ${written(noise.REMEMBERED_EPHEMERALS)}`,
    `handshake's time of ${link.HANDSHAKE_TIMEOUT_US / 1_000_000} s`,
    `no record for ${link.PING_AFTER_US / 1_000_000} s`,
    `been opened for ${link.ANSWER_TIMEOUT_US / 1_000_000} s`,
    `Credit** counts bytes of \`sealed\`, for each direction and hop: ${written(channels.FIRST_CREDIT_BYTES)} at first`,
    `more than ${written(channels.MAX_CREDIT_BYTES)} outstanding`,
    `(here to ${written(channels.MAX_WINDOW_BYTES)}`,
    `A channel without any frame for ${channels.CHANNEL_IDLE_US / 1_000_000} s`,
    `${channels.OPEN_TIMEOUT_US / 1_000_000} s after OPEN`,
    `or ${channels.WAY_TIMEOUT_US / 1_000_000} s without either`,
    `(${written(channels.MAX_PROOFS_AT_ONCE)} and ${channels.PROOFS_PER_SECOND} here)`,
    `and then every ${ports.SAY_AGAIN_US / 1_000_000} s`,
    `again ${ports.COOKIE_PAUSES_US.map((us) => us / 1_000_000)
      .join(', ')
      .replace(/, (\d+)$/, ' and $1')} s after the one`,
    `that was said last, within ${ports.COOKIE_WAIT_US / 1_000_000} s`,
    `UDP more than ${ports.MAX_UDP_AT_ONCE} at once and one in ${1 / ports.UDP_PER_SECOND} s`,
    `more than ${channels.MAX_LABELS_AT_ONCE} at once and one a second`,
    `DATA bytes (1..${written(session.MAX_DATA_BYTES)})`,
    `both counts, ${written(session.FIRST_ROOM_BYTES)} at first`,
    `after ${written(session.ACK_BYTES)} bytes or a quarter`,
    `and ${session.ACK_DELAY_US / 1_000} ms after anything else`,
    `record for ${session.PING_AFTER_US / 1_000_000} s sends PING`,
    `opened for ${session.SILENT_US / 1_000_000} s, the initiator`,
    `tries for ${session.RESUME_US / 1_000_000} s`,
    `without channel for ${session.KEEP_US / 1_000_000} s`,
    `nothing has come yet for ${sessions.halfOpenMs / 1_000} s`,
    `length u32 (1..${MAX_MESSAGE_BYTES}) | MESSAGE\`:`,
    `earlier ones are opened for ${packet.PREVIOUS_US / 1_000_000} s more`,
    `A generation serves for ${packet.REKEY_US / 1_000_000} s`,
    `may let ${packet.REKEY_LEAST_US / 1_000_000} s pass`,
    `serve for ${packet.LAST_KEYS_US / 1_000_000} s in all`,
    `after ${packet.PUNCH_US.slice(0, -1)
      .map((us) => written(us / 1_000))
      .join(', ')} and ${written((packet.PUNCH_US.at(-1) ?? 0) / 1_000)} ms`,
    `pauses of ${(packet.PUNCH_PAUSES_US[0] ?? 0) / 1_000_000} s that double up to ${(packet.PUNCH_PAUSES_US.at(-1) ?? 0) / 1_000_000} s`,
    `and ${packet.DIRECT_EXTRA_US / 1_000} ms`,
    `is asked every ${packet.PROBE_EVERY_US / 1_000_000} s`,
    `silent for ${packet.SILENT_US / 1_000_000} s is given up`,
    `asked every ${packet.KEEP_ALIVE_US / 1_000_000} s`,
    `from ${written(packet.LIKELY_BYTES_4)} bytes over IPv4 and ${written(packet.LIKELY_BYTES_6)} over IPv6`,
    `end beyond ${written(SEGMENT_BYTES)} bytes`,
    `1..${written(VALUE_KEY_BYTES_MAX)} bytes`,
    `≤ ${written(VALUE_BYTES_MAX)}`,
    `${written(maxFrameValues)} values`,
    `at most ${maxFrameDepth} deep`,
  ]
  for (const sentence of sentences) assert.ok(page.includes(sentence), sentence)
})

test.run()
