// What is to happen when: a binary heap whose items know their place, so that one can be moved or removed in O(log n)
// and nothing that is over stays behind. Equal times come in the order in which they were set.

/** Something with a deadline. The two numbers belong to Deadlines. */
export interface Timed {
  readonly why: string
  /** When, in µs; meaningful while `place` ≥ 0. */
  atUs: number
  /** Where in the heap it stands; −1 while it is not waiting. */
  place: number
  /** Order among equal times. */
  turn: number
}

export class Deadlines<T extends Timed> {
  readonly #heap: T[] = []
  #turns = 0

  get size(): number {
    return this.#heap.length
  }

  /** The next item, which stays. */
  next(): T | undefined {
    return this.#heap[0]
  }

  /** Sets the deadline of an item, whether it is waiting or not. */
  set(item: T, atUs: number): void {
    item.atUs = atUs
    item.turn = this.#turns++
    if (item.place < 0) {
      item.place = this.#heap.length
      this.#heap.push(item)
    }
    this.#up(item)
    this.#down(item)
  }

  /** Removes an item; nothing happens when it is not waiting. */
  remove(item: T): void {
    const place = item.place
    if (place < 0) return
    item.place = -1
    const last = this.#heap.pop()
    if (last === undefined || last === item) return
    this.#put(last, place)
    this.#up(last)
    this.#down(last)
  }

  /** Takes the next item when its time has come. */
  take(nowUs: number): T | undefined {
    const first = this.#heap[0]
    if (first === undefined || first.atUs > nowUs) return undefined
    this.remove(first)
    return first
  }

  #up(item: T): void {
    let place = item.place
    while (place > 0) {
      const above = (place - 1) >> 1
      const other = this.#heap[above]
      if (other === undefined || !before(item, other)) break
      this.#put(other, place)
      place = above
    }
    this.#put(item, place)
  }

  #down(item: T): void {
    let place = item.place
    for (;;) {
      const left = this.#heap[2 * place + 1]
      const right = this.#heap[2 * place + 2]
      const child = left !== undefined && right !== undefined && before(right, left) ? right : left
      if (child === undefined || !before(child, item)) break
      const below = child.place
      this.#put(child, place)
      place = below
    }
    this.#put(item, place)
  }

  #put(item: T, place: number): void {
    this.#heap[place] = item
    item.place = place
  }
}

function before(a: Timed, b: Timed): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.turn < b.turn)
}
