// Finds what a source file imports: `import … from`, `export … from`, bare `import` and `import()`.

import type { Token } from './tokens.js'

export interface Reference {
  /** The specifier as written; undefined for an `import()` of something that is computed. */
  readonly specifier: string | undefined
  readonly dynamic: boolean
  /** True when the compiler leaves nothing of it: `import type`, `export type`. */
  readonly typeOnly: boolean
  readonly line: number
}

/** Every reference of a file to another module, in order. */
export function referencesOf(tokens: readonly Token[]): Reference[] {
  const references: Reference[] = []
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word' || tokens[index - 1]?.text === '.') continue
    const reference =
      token.text === 'import'
        ? importAt(tokens, index)
        : token.text === 'export'
          ? fromClause(tokens, index + 1, token.line)
          : undefined
    if (reference !== undefined) references.push(reference)
  }
  return references
}

function importAt(tokens: readonly Token[], index: number): Reference | undefined {
  const next = tokens[index + 1]
  const line = tokens[index]?.line ?? 0
  if (next === undefined || next.text === '.') return undefined
  if (next.kind === 'string') return { specifier: next.text, dynamic: false, typeOnly: false, line }
  if (next.text !== '(') return fromClause(tokens, index + 1, line)
  const argument = tokens[index + 2]
  const closed = [')', ','].includes(tokens[index + 3]?.text ?? '')
  const specifier = argument?.kind === 'string' && closed ? argument.text : undefined
  return { specifier, dynamic: true, typeOnly: false, line }
}

/** Reads `type? (name | * as name | { names }) , … from 'specifier'` from `start`; undefined when it is none. */
function fromClause(tokens: readonly Token[], start: number, line: number): Reference | undefined {
  const typeOnly = tokens[start]?.text === 'type' && !['from', ','].includes(tokens[start + 1]?.text ?? '')
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index]
    const next = tokens[index + 1]
    if (token?.text === 'from' && next?.kind === 'string')
      return { specifier: next.text, dynamic: false, typeOnly, line }
    // A string can stand in the braces (`export { a as 'b' }`); anything else but names ends the clause.
    if (token === undefined || (token.kind === 'other' && !['{', '}', ',', '*'].includes(token.text))) return undefined
    const declares = /^(const|let|var|function|class|interface|abstract|async|declare|enum|default)$/
    if (index === start && declares.test(token.text)) return undefined
  }
  return undefined
}
