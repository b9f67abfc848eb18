// One deliberate defect for each harness, and what must find it. A harness that lets its own pass is worth nothing.

export interface Defect {
  readonly name: string
  /** Below dist/. */
  readonly file: string
  /** A piece of the compiled file, there exactly once. */
  readonly find: string
  readonly replace: string
  /** The harness: a program below dist/ with its arguments. It must fail, and say something that `says` matches. */
  readonly run: readonly string[]
  readonly says: RegExp
  /** What its harness cannot run without, and not every machine has. */
  readonly needs?: 'python' | 'namespaces' | 'addon'
}

const decoders = 'test/fuzz/decoders.test.js'
const machines = 'test/fuzz/machines.test.js'
const disk = 'test/disk/main.js'

/** Enough seeds for each of their defects; the first that fails says so. */
const seeds = ['test/simulator/main.js', '--seed', '1', '--seeds', '60', '--stop']

/** The size that every run of the tests has. */
const soak = ['test/soak/main.js', 'short', '--seed', '1']

export const defects: readonly Defect[] = [
  {
    name: 'the simulator finds a cache that stays fresh while a clock is set back',
    file: 'node/age.js',
    find: 'return ageS + Math.max(0, wallS, monotonicS);',
    replace: 'return ageS + Math.max(0, wallS);',
    run: seeds,
    says: /not all have everything/,
  },
  {
    name: 'the simulator finds a router that passes on what it did not check',
    file: 'stack/forward/answering.js',
    find: 'const refused = checkChunk(state.crypto, entry.key, payload);',
    replace: 'const refused = undefined;',
    run: seeds,
    says: /sent \S+ what is not|stored what is not/,
  },
  {
    name: 'the simulator finds an append that is acknowledged before it is flushed',
    file: 'node/store/place.js',
    find: 'await writer.flush();',
    replace: '',
    run: seeds,
    says: /its head knew|not all have everything|was shown bytes|was .* and is /,
  },
  {
    name: 'the figures find a custodian that may fail its audits',
    file: 'stack/custody/keeper.js',
    find: 'if (copy.failedAudits >= maxFailedAudits || evades) {',
    replace: 'if (evades) {',
    run: ['test/simulator/figures/main.js', 'audits'],
    says: /a thief of 5 % is found.*no/,
  },
  {
    name: 'the figures find a promise that a custodian forgets when it restarts',
    file: 'node/custody/holdings.js',
    find: 'for (const record of records)\n            this.#announce(record);',
    replace: '',
    run: ['test/simulator/figures/main.js', 'keeping'],
    says: /what a living custodian has promised.*no/,
  },
  {
    name: 'the tests of forwarding find an answer that waits in memory that is written over',
    file: 'stack/forward/outbound.js',
    find: 'item.payload = copy;',
    replace: '',
    run: ['stack/forward/lent.test.js'],
    says: /NoRoute after \["lied"\]/,
  },
  {
    name: 'the tests of forwarding find bytes of the store that are given back while answers wait in them',
    file: 'stack/forward/rows.js',
    find: 'loan.users++;',
    replace: '',
    run: ['stack/forward/lent.test.js'],
    says: /NoRoute after \["lied"\]/,
  },
  {
    name: 'the tests of a connection find records that are written over before the kernel has them',
    file: 'node/carrier/connection.js',
    find: 'batch.push(bytes);',
    replace: 'this.#rooms.giveBack(bytes);',
    run: ['node/carrier/connection.test.js'],
    says: /nobody writes to it before the kernel has it/,
  },
  {
    name: 'the figures find an asker that is forgotten when several wait for a chunk',
    file: 'stack/forward/rows.js',
    find: 'export function answerChunk(state, entry, bytes, origin, loan) {\n    for (const row of rowsOf(entry)) {',
    replace:
      'export function answerChunk(state, entry, bytes, origin, loan) {\n    for (const row of rowsOf(entry).slice(0, 1)) {',
    run: ['test/simulator/figures/once.test.js'],
    says: /the.last.after/,
  },
  {
    name: 'the Python reader finds a seal that leaves its context out',
    file: 'stack/crypto/seals.js',
    find: '.lp16(context).bytes()',
    replace: '.bytes()',
    run: ['test/interop/reader.test.js'],
    says: /bad-seal/,
    needs: 'python',
  },
  {
    name: 'the native provider is found to cut elsewhere',
    file: 'stack/crypto/native-gear.js',
    find: 'middle >>> 16, maskLow',
    replace: 'middle >>> 17, maskLow',
    run: ['stack/crypto/native.test.js'],
    says: /of.seed.*gear/,
    needs: 'addon',
  },
  {
    name: 'the decoders are found to take more devices than there may be',
    file: 'stack/name/certificate.js',
    find: 'if (count > MAX_DEVICES || (reader.failed === undefined && count < 1))',
    replace: 'if (reader.failed === undefined && count < 1)',
    run: [decoders, 'stack/name/certificate'],
    says: /RangeError:.33.devices/,
  },
  {
    name: 'the decoders are found to believe a length before the bytes are there',
    file: 'api/protocol/cbor-decode.js',
    find: '        const at = this.#take(length);\n        if (at === undefined)\n            return undefined;\n        const view =',
    replace:
      '        this.room = new Uint8Array(length);\n        const at = this.#take(length);\n        if (at === undefined)\n            return undefined;\n        const view =',
    run: [decoders, 'api/protocol/frame'],
    says: /allocates.\d+.bytes/,
  },
  {
    name: 'the forwarding machine is found to lose count of its rows',
    file: 'stack/forward/pit.js',
    find: '        this.#rows--;',
    replace: '        if (!row.down) this.#rows--;',
    run: [machines, 'stack/forward'],
    says: /FAIL.*stack\/forward\/machine/,
  },
  {
    name: 'the link is found to talk before it is up',
    file: 'stack/link/machine.js',
    find: '        if (this.#liveness === undefined || this.#outbound === undefined)',
    replace: '        if (this.#outbound === undefined)',
    run: [machines, 'stack/link/responder'],
    says: /before.the.link.is.up/,
  },
  {
    name: 'the reading of logs is found to leave a gap',
    file: 'stack/data/log-place.js',
    find: '    if (page.first !== place.first || !matches(place, page))',
    replace: '    if (!matches(place, page))',
    run: [machines, 'log-reader'],
    says: /without.a.gap/,
  },
  {
    name: 'the disk is found to acknowledge before the flush',
    file: 'node/store/place.js',
    find: 'await writer.flush();',
    replace: '',
    run: [disk, 'power', '--seeds', '1', '--operations', '60', '--images', '60'],
    says: /not a state with the/,
  },
  {
    name: 'the disk is found to skip the checksum of a record',
    file: 'node/store/record.js',
    find: "if (!equal(recordChecksum(crypto, place, items), header.checksum))\n        return 'bad-checksum';",
    replace: '',
    run: [disk, 'flips', '--seeds', '1', '--operations', '60', '--damaged', '150'],
    says: /which it never was|is not named/,
  },
  {
    name: 'the disk is found to forget a row at a start',
    file: 'node/store/place-open.js',
    find: 'chunk: (chunk, offset, bytes) => this.#contents.applyChunk(chunk, number, offset, bytes),',
    replace:
      'chunk: (chunk, offset, bytes) => offset > 200 && this.#contents.applyChunk(chunk, number, offset, bytes),',
    run: [disk, 'power', '--seeds', '1', '--operations', '60', '--images', '20'],
    says: /start \d+: (own|kept): chunk \S+ is gone/,
  },
  {
    name: 'the disk is found to go on after a failed flush',
    file: 'node/store/place.js',
    find: "this.#closed = new RunnelError('LOG_CLOSED', `${this.name} takes nothing more: ${failure.message}`, {\n            cause: failure,\n        });",
    replace: '',
    run: [disk, 'calls', '--seeds', '1', '--operations', '30', '--every', '20'],
    says: /flushes what failed to be flushed/,
  },
  {
    name: 'kills find a lock that is not taken over from the dead',
    file: 'node/store/process-identity.js',
    find: "return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';",
    replace: 'return true;',
    run: ['test/kills/main.js', '--kills', '4', '--seed', '1'],
    says: /NODE_RUNNING/,
    needs: 'namespaces',
  },
  {
    name: 'the figures find a follower that is not told the last of what is written at once',
    file: 'stack/forward/live/telling.js',
    find: 'state.deadlines.set(row, Math.min(row.untilUs, fromUs));',
    replace: '',
    run: ['test/simulator/figures/live.test.js'],
    says: /written.at.once/,
  },
  {
    name: 'the figures find a neighbour that may follow without a bound',
    file: 'stack/forward/live/entering.js',
    find: 'face.liveRows.size >= state.limits.liveRowsPerFace || ',
    replace: '',
    run: ['test/simulator/figures/live-attacks.test.js'],
    says: /follows.ten.thousand.logs/,
  },
  {
    name: 'the figures find a thief who is not outranked',
    file: 'stack/name/certificate.js',
    find: 'if (a.k !== b.k)\n        return a.k - b.k;',
    replace: '',
    run: ['test/simulator/figures/thieves.test.js'],
    says: /thief.of.rung/,
  },
  {
    name: 'the figures find a neighbour without a quota',
    file: 'stack/forward/inbound.js',
    find: "if (face.rows.size >= state.limits.rowsPerFace)\n        return 'Quota';",
    replace: '',
    run: ['test/simulator/figures/bounds.test.js'],
    says: /within.their.limits/,
  },
  {
    name: 'the simulator finds copies of a home that do not list each other',
    file: 'node/identity/own-name.js',
    find: "if (join.kind !== 'sign' || join.body.k !== 0)",
    replace: 'if (held !== undefined)',
    run: ['test/simulator/copies.test.js'],
    says: /is listed/,
  },
  {
    name: 'the big world finds a cache that keeps nothing',
    file: 'node/content-store.js',
    find: 'this.#store.putCached(event.name, event.bytes);',
    replace: '',
    run: ['test/simulator/big/main.js', '1', '60', '5'],
    says: /chunks crossed again/,
  },
  {
    name: 'the soak finds a segment that is deleted and never closed',
    file: 'node/store/place.js',
    find: 'this.#reading.close(segment.path);\n        await this.removeSnapshot(segment);',
    replace: 'await this.removeSnapshot(segment);',
    run: soak,
    says: /BROKEN +deleted files that are held/,
    needs: 'namespaces',
  },
  {
    name: 'the soak finds questions that are remembered when they are answered',
    file: 'node/hub.js',
    find: 'this.#waiting.delete(event.requestId);',
    replace: '',
    run: soak,
    says: /BROKEN +heap, in a life +b/,
    needs: 'namespaces',
  },
  {
    name: 'the command is found to say another name than its bundle would',
    file: 'cli/commands/id.js',
    find: "['name', id.name],",
    replace: "['name', id.device],",
    run: ['cli/commands/writing.test.js'],
    says: /FAIL.*id,.status/,
  },
  {
    name: 'the figures find an owner that takes all that strangers send',
    file: 'node/inbox/taking.js',
    find: 'listed.serial === undefined && !takeStranger(context)',
    replace: 'false',
    run: ['test/simulator/figures/spam.test.js'],
    says: /downloads/,
  },
  {
    name: 'the post office finds a letter that comes back after it was acknowledged',
    file: 'node/inbox/letters.js',
    find: 'await this.#store.commit([value(id, remembered, undefined)]);',
    replace: '',
    run: ['node/inbox/inbox.test.js'],
    says: /it is shown until it is acknowledged/,
  },
  {
    name: 'the simulator finds a custodian that forgets what it has signed for when it is killed',
    file: 'node/custody/holdings.js',
    find: 'await this.#write(record.client, record.log);',
    replace: '',
    run: ['test/simulator/main.js', '--seed', '1', '--seeds', '12', '--stop'],
    says: /has promised \d+ entries of \S+ and keeps/,
  },
  {
    name: 'the simulator finds a custodian that signs for what it does not store',
    file: 'node/custody/kept-trees.js',
    find: 'await store.keep(batch.splice(0));',
    replace: 'batch.splice(0);',
    run: ['test/simulator/main.js', '--seed', '1', '--seeds', '12', '--stop'],
    says: /has promised \S+ and does not have/,
  },
  {
    name: 'the simulator finds a conversation that does not send again what its channel lost',
    file: 'stack/session/outgoing.js',
    find: 'this.#sent = received;',
    replace: 'this.#sent = Math.max(received, this.#sent);',
    run: ['test/simulator/main.js', '--seed', '48', '--seeds', '1', '--stop'],
    says: /speaks to \S+: was told/,
  },
  {
    name: 'the gateway finds that a page of another origin may ask',
    file: 'shims/http/policy.js',
    find: "headers['sec-fetch-dest'] === 'document'",
    replace: 'true',
    run: ['shims/http/hostile.test.js'],
    says: /another origin/,
  },
  {
    name: 'the name server is found to say of every name whether it is there',
    file: 'shims/dns/responder.js',
    find: "return { code: 'refused' };",
    replace: "return { code: 'nxdomain', zone };",
    run: ['shims/dns/responder.test.js'],
    says: /refused at once/,
  },
  {
    name: 'the tests of rows find a packet that is told with its direction turned around',
    file: 'node/tunnel/event-rows.js',
    find: "direction === 0 ? 'outbound' : 'inbound'",
    replace: "direction === 0 ? 'inbound' : 'outbound'",
    run: ['node/tunnel/rows.test.js'],
    says: /an event of every kind is read as the native side writes it/,
  },
  {
    name: 'the tests of the interface find one that is fought for when somebody deletes it',
    file: 'node/tunnel/tunnel.js',
    find: 'Math.min(2 * delayMs, lastRetryMs)',
    replace: 'delayMs',
    run: ['node/tunnel/tunnel.test.js'],
    says: /one that is deleted again and again is tried ever later/,
  },
  {
    name: 'the tests of the firewall find a rule that counts before it is on disk',
    file: 'node/firewall/firewall.js',
    find: 'await this.#store.setValue(rulePrefix + text, Uint8Array.of(codes[rule.action]));',
    replace: 'void this.#store.setValue(rulePrefix + text, Uint8Array.of(codes[rule.action]));',
    run: ['node/firewall/firewall.test.js'],
    says: /what is acknowledged is there after a restart/,
  },
]
