// How a figure is written: three digits that count, in a unit that fits.

/** Three digits that count. */
export function renderNumber(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  const magnitude = Math.abs(value)
  if (magnitude >= 100) return Math.round(value).toLocaleString('en-US')
  return magnitude >= 10 ? value.toFixed(1) : magnitude >= 0.1 ? value.toFixed(2) : value.toPrecision(2)
}

const smaller: Readonly<Record<string, string>> = { MB: 'kB', s: 'ms' }

/** In the unit in which a median is no fraction of a tenth, where there is a smaller one: that, and how many of it make one. */
export function readable(median: number, unit: string): { readonly unit: string; readonly factor: number } {
  const next = smaller[unit]
  const isSmall = median !== 0 && Math.abs(median) < 0.1
  return next !== undefined && isSmall ? { unit: next, factor: 1_000 } : { unit, factor: 1 }
}

/** A median in such a unit. */
export function renderQuantity(median: number, unit: string): string {
  const shown = readable(median, unit)
  return `${renderNumber(median * shown.factor)} ${shown.unit}`
}
