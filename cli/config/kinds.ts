// The kinds of values that settings have. One reader a kind serves flags, variables and the file alike, so that a value
// means the same wherever it stands.

/** A kind of value: `read` gives undefined for what is none. */
export interface Kind<T> {
  /** What it may be, to complete "must be …". */
  readonly expects: string
  readonly read: (value: unknown) => T | undefined
  /** The value as a user writes it. */
  readonly show: (value: T) => string
}

export const text: Kind<string> = {
  expects: 'a text',
  read: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
  show: (value) => value,
}

/** Texts: an array in the file, divided by commas or blanks in a variable, repeated as a flag. */
export const list: Kind<readonly string[]> = {
  expects: 'a list of texts',
  read: (value) => {
    if (typeof value === 'string') return value.split(/[\s,]+/).filter((part) => part !== '')
    if (!Array.isArray(value)) return undefined
    return value.every((part) => typeof part === 'string' && part !== '') ? (value as string[]) : undefined
  },
  show: (value) => value.join(', '),
}

const place = /^(?:(?:\[[0-9a-fA-F:.%]+\]|[^:[\]\s]+):)?(\d{1,5})$/

/** Addresses of this machine that something is served on, or the word off: none. */
export const places: Kind<readonly string[]> = {
  expects: 'a list of ADDR:PORT, such as 127.0.0.1:7280 or [::1]:7280, or off',
  read: (value) => {
    const read = list.read(value)
    if (read?.length === 1 && read[0] === 'off') return []
    return read?.every((text) => Number(place.exec(text)?.[1] ?? 65_536) <= 65_535) ? read : undefined
  },
  show: (value) => (value.length === 0 ? 'off' : value.join(', ')),
}

/** Addresses that nothing outside of this machine reaches, or the word off: none. */
export const ownPlaces: Kind<readonly string[]> = {
  ...places,
  expects: 'a list of ADDR:PORT of this machine alone, such as 127.0.0.1:5354 or [::1]:5354, or off',
  read: (value) => {
    const read = places.read(value)
    return read?.every((text) => /^(127(\.\d{1,3}){3}:|\[::1\]:)?\d+$/.test(text)) ? read : undefined
  },
}

/** The name of a network interface, `labels` for none that still sends on packets of others, or `off`. */
export const tunnelInterface: Kind<string> = {
  expects: 'a name of at most 15 letters, digits, - and _, such as runnel0 or tun%d, or labels, or off',
  read: (value) =>
    typeof value === 'string' && /^[a-zA-Z][a-zA-Z0-9_-]*(%d)?$/.test(value) && value.length <= 15 ? value : undefined,
  show: (value) => value,
}

/** Bytes of the largest packet. */
export const packetBytes: Kind<number> = {
  expects: 'a number of bytes, 1280 to 65535',
  read: (value) => {
    if (typeof value === 'string' ? !/^\d{4,5}$/.test(value) : typeof value !== 'number' && typeof value !== 'bigint')
      return undefined
    const given = Number(value)
    return Number.isInteger(given) && given >= 1_280 && given <= 65_535 ? given : undefined
  },
  show: String,
}

/** How many routes a node remembers: more than the most is more than its memory is made for. */
export const routeCount: Kind<number> = {
  expects: 'a number, 1024 to 2500000',
  read: (value) => {
    const given = typeof value === 'string' && !/^\d{4,7}$/.test(value) ? Number.NaN : Number(value)
    return Number.isInteger(given) && given >= 1_024 && given <= 2_500_000 ? given : undefined
  },
  show: String,
}

/** The end of host names. */
export const domain: Kind<string> = {
  expects: 'a domain such as key or key.example',
  read: (value) => {
    const name = typeof value === 'string' && value.length <= 128 ? value.toLowerCase() : ''
    return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/.test(name) ? name : undefined
  },
  show: (value) => value,
}

export const yesOrNo: Kind<boolean> = {
  expects: 'true or false',
  read: (value) => {
    if (typeof value === 'boolean') return value
    if (value === 'true' || value === '1' || value === 'yes') return true
    return value === 'false' || value === '0' || value === 'no' ? false : undefined
  },
  show: String,
}

const unitBytes: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4 }

/** Bytes: a number, or one with K, M, G or T (powers of 1024; KB, MB, GB and TB are powers of 1000). */
export const size: Kind<number> = {
  expects: 'a size such as 512M, 10G or 1.5TB',
  read: (value) => {
    if (typeof value === 'number' || typeof value === 'bigint') return wholeNumber(Number(value))
    const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?) ?(?:([kmgt])(i?b)?|b)?$/i.exec(value.trim()) : null
    if (match === null) return undefined
    const power = unitBytes[(match[2] ?? '').toLowerCase()] ?? 0
    const base = match[3]?.toLowerCase() === 'b' ? 1000 : 1024
    return wholeNumber(Math.round(Number(match[1]) * base ** power))
  },
  show: (value) => {
    for (const [unit, power] of Object.entries(unitBytes).reverse()) {
      if (value > 0 && value % 1024 ** power === 0) return `${value / 1024 ** power}${unit.toUpperCase()}`
    }
    return String(value)
  },
}

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds: a number, or one with ms, s, m, h or d. */
export const seconds: Kind<number> = {
  expects: 'a time in seconds, or one such as 500ms, 30s, 5m, 2h or 1d',
  read: (value) => {
    if (typeof value === 'number' || typeof value === 'bigint') {
      return Number.isFinite(Number(value)) && value >= 0 ? Number(value) : undefined
    }
    const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)?$/.exec(value.trim()) : null
    return match === null ? undefined : Number(match[1]) * (unitSeconds[match[2] ?? 's'] ?? 1)
  },
  show: (value) => `${value}s`,
}

/** Days: a whole number from 1 to 3,650, or one with d. */
export const days: Kind<number> = {
  expects: 'a number of days, 1 to 3650',
  read: (value) => {
    const given =
      typeof value === 'string' ? Number(/^(\d{1,4}) ?d?$/.exec(value.trim())?.[1] ?? 'none') : Number(value)
    return Number.isInteger(given) && given >= 1 && given <= 3_650 ? given : undefined
  },
  show: String,
}

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): Kind<T> {
  return {
    expects: `one of ${words.join(', ')}`,
    read: (value) => words.find((word) => word === value),
    show: (value) => value,
  }
}

/** A value that may be left out altogether. */
export function optional<T>(kind: Kind<T>): Kind<T | undefined> {
  return { ...kind, show: (value) => (value === undefined ? '' : kind.show(value)) }
}

function wholeNumber(value: number): number | undefined {
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
