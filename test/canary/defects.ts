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
}

export const defects: readonly Defect[] = [
  {
    name: 'the simulator finds a router that passes on what it did not check',
    file: 'stack/forward/answering.js',
    find: 'const refused = checkChunk(state.crypto, entry.key, payload);',
    replace: 'const refused = undefined;',
    run: ['test/simulator/main.js', '--seed', '1', '--seeds', '12'],
    says: /sent \S+ what is not|stored what is not/,
  },
  {
    name: 'the simulator finds an append that is acknowledged before it is flushed',
    file: 'node/store/place.js',
    find: 'await writer.flush();',
    replace: '',
    run: ['test/simulator/main.js', '--seed', '1', '--seeds', '12'],
    says: /its head knew|not all have everything|was shown bytes|was .* and is /,
  },
  {
    name: 'the simulator finds an asker that is forgotten when several wait for a chunk',
    file: 'stack/forward/rows.js',
    find: 'export function answerChunk(state, entry, bytes, origin) {\n    for (const row of rowsOf(entry)) {',
    replace:
      'export function answerChunk(state, entry, bytes, origin) {\n    for (const row of rowsOf(entry).slice(0, 1)) {',
    run: ['test/simulator/main.js', '--seed', '1', '--seeds', '12'],
    says: /not all have everything|forgot/,
  },
]
