// What Runnel loses: every row in which a peer is better beyond doubt, the worst first, and every goal that is missed.

import type { BesideFigure, Figure } from '../frame/figures.js'
import { peersOf } from './charts.js'

export interface Loss {
  readonly figure: Figure
  readonly beside: BesideFigure
}

/** Without an interval, a ratio below 1 is a loss. */
export function lossesOf(figures: readonly Figure[]): Loss[] {
  const losses = figures.flatMap((figure) =>
    peersOf(figure.beside)
      .filter(({ ratio, interval }) => (interval?.high ?? ratio) < 1)
      .map((beside): Loss => ({ figure, beside })),
  )
  return losses.sort((a, b) => a.beside.ratio - b.beside.ratio)
}

export function missedGoals(figures: readonly Figure[]): { readonly figure: Figure; readonly goal: string }[] {
  return figures.flatMap((figure) => figure.goals.filter(({ met }) => !met).map(({ text }) => ({ figure, goal: text })))
}
