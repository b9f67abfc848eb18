// A line of the table, and what stands beside its figure.

/** One line of the table: a measure of Runnel, and measures of peers beside it. */
export interface Row {
  readonly title: string
  readonly measure: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  /** The value that Runnel is to reach. */
  readonly goal?: number
  readonly against?: readonly Beside[]
}

export interface Beside {
  readonly peer: string
  /** The peer's measure, where it has another name. */
  readonly measure?: string
  /** How many times as good as the peer Runnel is to be, at least. */
  readonly goal?: number
  /** No peer but what nobody can do without: a flush of the disk, the start of Node. */
  readonly isBound?: true
}
