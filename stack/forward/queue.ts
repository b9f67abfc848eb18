// A first-in first-out queue in one array. Taking costs nothing per waiting item, and what was taken is let go of.

export class Queue<T> {
  #items: (T | undefined)[] = []
  #first = 0

  get size(): number {
    return this.#items.length - this.#first
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** The next item, which stays. */
  peek(): T | undefined {
    return this.#items[this.#first]
  }

  /** Takes the next item. */
  shift(): T | undefined {
    const item = this.#items[this.#first]
    if (this.#first >= this.#items.length) return undefined
    this.#items[this.#first++] = undefined
    // Half of the array is used up: move the rest to the front, once for each item at most.
    if (2 * this.#first >= this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    return item
  }

  clear(): void {
    this.#items = []
    this.#first = 0
  }
}
