// The page's colours as they are now, light or dark: they stand in its style sheet alone.

import { document, getComputedStyle } from './browser.js'

export interface Colours {
  readonly text: string
  readonly faint: string
  readonly grid: string
  readonly own: string
  readonly peer: string
  readonly loses: string
  readonly lines: readonly string[]
}

export function coloursNow(): Colours {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    text: of('text'),
    faint: of('faint'),
    grid: of('grid'),
    own: of('own'),
    peer: of('peer'),
    loses: of('loses'),
    lines: [1, 2, 3, 4, 5, 6].map((index) => of(`line${index}`)),
  }
}
