// Finds what would make stack/ impure: names of clocks, timers, promises, the process, the network and global
// randomness. Built-in modules are the import rules' business.

import { isTest, type SourceTree } from './check-imports.js'
import { asynchronousFolder, asynchronousNames, impureNames, pureFolder } from './rules.js'
import { type Token, tokensOf } from './tokens.js'

/** Every impure name in the pure folders of `tree`, tests apart. */
export function checkPurity(tree: SourceTree): string[] {
  return [...tree]
    .filter(([path]) => path.startsWith(pureFolder) && !isTest(path))
    .flatMap(([path, text]) => check(path, text))
}

function check(path: string, text: string): string[] {
  const tokens = tokensOf(text)
  const forbidden = path.startsWith(asynchronousFolder) ? impureNames : [...impureNames, ...asynchronousNames]
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'word') return []
    if (token.text === 'Math' && tokens[index + 1]?.text === '.' && tokens[index + 2]?.text === 'random') {
      return [`${path}:${token.line}: Math.random`]
    }
    return forbidden.includes(token.text) && !isPropertyName(tokens, index)
      ? [`${path}:${token.line}: ${token.text}`]
      : []
  })
}

/** `x.process`, `{ process: 1 }` and `process?: T` name a property, not the global; `a ? process : b` does not. */
function isPropertyName(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text
  const after = tokens[index + 1]?.text
  if (before === '.' || before === '?.') return true
  if (before === '?' || before === 'case') return false
  return after === ':' || (after === '?' && tokens[index + 2]?.text === ':')
}
