// Cuts TypeScript source into tokens without comments, so that the checks of the house see code and not what is said
// about it. The compiler's own scanner does the work; what its parser would tell it (is this `/` a division?) is guessed
// from the token before, which is right for every source that the formatter has passed.

import { SyntaxKind } from 'typescript/unstable/ast'
import { createScanner, tokenIsIdentifierOrKeyword } from 'typescript/unstable/ast/scanner'

export interface Token {
  readonly kind: 'word' | 'string' | 'other'
  /** As written; for a string literal, its value. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

/** Keywords after which an expression begins, so that `/` opens a regular expression. */
const beforeExpression = new Set(
  'await case delete do else in instanceof new of return throw typeof void yield'.split(' '),
)

/** The tokens of `source`, in order. */
export function tokensOf(source: string): Token[] {
  const scanner = createScanner(true)
  scanner.setText(source)
  const tokens: Token[] = []
  const lines = new LineCounter(source)
  // Depths of braces at which an open template's `${` stands.
  const templates: number[] = []
  let depth = 0
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFile; kind = scanner.scan()) {
    const slash = kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken
    if (slash && !endsExpression(tokens.at(-1))) kind = scanner.reScanSlashToken()
    if (kind === SyntaxKind.TemplateHead) templates.push(depth)
    if (kind === SyntaxKind.OpenBraceToken) depth += 1
    if (kind === SyntaxKind.CloseBraceToken) {
      if (templates.at(-1) === depth) {
        kind = scanner.reScanTemplateToken(false)
        if (kind === SyntaxKind.TemplateTail) templates.pop()
      } else {
        depth -= 1
      }
    }
    tokens.push(tokenOf(kind, scanner.getTokenText(), scanner.getTokenValue(), lines.at(scanner.getTokenStart())))
  }
  return tokens
}

function tokenOf(kind: SyntaxKind, text: string, value: string, line: number): Token {
  if (tokenIsIdentifierOrKeyword(kind)) return { kind: 'word', text, line }
  const literal = kind === SyntaxKind.StringLiteral || kind === SyntaxKind.NoSubstitutionTemplateLiteral
  return literal ? { kind: 'string', text: value, line } : { kind: 'other', text, line }
}

function endsExpression(token: Token | undefined): boolean {
  if (token === undefined) return false
  if (token.kind === 'word') return !beforeExpression.has(token.text)
  return token.kind === 'string' || /[\])}`\w]$/.test(token.text)
}

/** Line numbers of growing offsets. */
class LineCounter {
  readonly #source: string
  #offset = 0
  #line = 1

  constructor(source: string) {
    this.#source = source
  }

  at(offset: number): number {
    for (; this.#offset < offset; this.#offset++) if (this.#source.charCodeAt(this.#offset) === 10) this.#line += 1
    return this.#line
  }
}
