// Who served the bytes, in words: `own cache 1.20 MB (4 %), hop 1 28.9 MB (96 %)`.

import type { SourceShare } from '../api/index.js'
import { bytesText } from './text.js'

export function sourcesText(sources: readonly SourceShare[]): string {
  const total = sources.reduce((sum, source) => sum + source.bytes, 0)
  return [...sources]
    .filter(({ bytes }) => bytes > 0)
    .sort((left, right) => left.hop - right.hop || Number(right.cached) - Number(left.cached))
    .map((source) => `${placeText(source)} ${bytesText(source.bytes)} (${percentText(source.bytes / total)})`)
    .join(', ')
}

/** Hop 0 is this node; `cached` is false only where the writer's own node answered. */
export function placeText({ hop, cached }: Pick<SourceShare, 'hop' | 'cached'>): string {
  if (hop === 0) return cached ? 'own cache' : 'own store'
  return cached ? `hop ${hop}` : `hop ${hop} (the writer)`
}

/** Whole, but never 0 or 100 for what is not none or all. */
function percentText(share: number): string {
  if (share > 0 && share < 0.01) return '<1 %'
  if (share < 1 && share > 0.99) return '>99 %'
  return `${Math.round(share * 100)} %`
}
