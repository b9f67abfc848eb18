// What a name in a folder and the target of a symlink may be (docs/protocol.md §6.4), so that neither can name anything
// outside of the folder; and the order of names.

import { encodeUtf8, isWellFormed, type Reason } from '../bytes/index.js'
import { maxItemNameBytes, maxTargetBytes } from './limits.js'

/** Whether an item of a directory may have this name: 1 to 255 bytes of UTF-8, no `/`, no NUL, not `.` or `..`. */
export function checkItemName(name: string): Reason | undefined {
  if (!isWellFormed(name)) return 'bad-text'
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) return 'bad-path'
  return isLonger(name, maxItemNameBytes) ? 'too-long' : undefined
}

/** Whether a symlink may have this target wherever it stands: 1 to 4096 bytes of UTF-8, relative, no NUL. */
export function checkTarget(target: string): Reason | undefined {
  if (!isWellFormed(target)) return 'bad-text'
  if (target === '' || target.startsWith('/') || target.includes('\0')) return 'bad-path'
  return isLonger(target, maxTargetBytes) ? 'too-long' : undefined
}

/** In UTF-8, where no unit of a string takes more than three bytes: what is short is not encoded to be counted. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && encodeUtf8(text).length > bytes
}

/**
 * Whether a symlink stays inside its folder. `directoryPath` are the names from the folder's root to the directory that
 * holds the link. Steps up stand at the beginning of the target only and stop at the root: there they leave real
 * directories, while behind a name they could leave what another symlink leads to.
 */
export function checkSymlink(directoryPath: readonly string[], target: string): Reason | undefined {
  const refusal = checkTarget(target)
  if (refusal !== undefined) return refusal
  let depth = directoryPath.length
  let descended = false
  for (const step of target.split('/')) {
    if (step === '' || step === '.') continue
    if (step !== '..') descended = true
    else if (descended || --depth < 0) return 'bad-path'
  }
  return undefined
}

/** The order of names by their UTF-8 bytes, which is that of code points: negative, 0 or positive, as `sort` wants it. */
export function compareNames(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let index = 0; index < shared; index++) {
    const ofA = a.charCodeAt(index)
    const ofB = b.charCodeAt(index)
    if (ofA !== ofB) return rank(ofA) - rank(ofB)
  }
  return a.length - b.length
}

/** Code units in the order of what they begin: surrogates stand for code points above all others (RFC 2781). */
function rank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x10000 : codeUnit
}
