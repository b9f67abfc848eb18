// Doubly linked lists over row numbers, for owners of a KeyTable: any row is in at most one of them, and all of them share
// two columns of 4 bytes a row. Adding, removing and taking the first are O(1).

const NONE = 0xffffffff

/** The two columns. Rows grow as they come. */
export class RowLinks {
  before = new Uint32Array(64)
  after = new Uint32Array(64)

  reserve(row: number): void {
    if (row < this.before.length) return
    const length = Math.max(row + 1, 2 * this.before.length)
    this.before = grown(this.before, length)
    this.after = grown(this.after, length)
  }
}

/** One list. The caller knows which list a row is in. */
export class RowList {
  readonly #links: RowLinks
  #first = NONE
  #last = NONE
  #size = 0

  constructor(links: RowLinks) {
    this.#links = links
  }

  get size(): number {
    return this.#size
  }

  /** The row that was added least lately, or −1. */
  get first(): number {
    return this.#first === NONE ? -1 : this.#first
  }

  /** Adds a row that is in no list as the last one. */
  push(row: number): void {
    const links = this.#links
    links.reserve(row)
    links.before[row] = this.#last
    links.after[row] = NONE
    if (this.#last === NONE) this.#first = row
    else links.after[this.#last] = row
    this.#last = row
    this.#size++
  }

  /** Removes a row that is in this list. */
  remove(row: number): void {
    const { before, after } = this.#links
    const previous = before[row] ?? NONE
    const next = after[row] ?? NONE
    if (previous === NONE) this.#first = next
    else after[previous] = next
    if (next === NONE) this.#last = previous
    else before[next] = previous
    this.#size--
  }

  /** The rows from the first to the last. The list must not change meanwhile. */
  *rows(): Generator<number, void, undefined> {
    for (let row = this.#first; row !== NONE; row = this.#links.after[row] ?? NONE) yield row
  }
}

function grown(column: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length)
  larger.set(column)
  return larger
}
