// The names that left a cache lately, as 32-bit fingerprints: a lossy set in which a new one takes the place of the oldest.
// About 16 bytes a name. A fingerprint that two names share costs a wrong guess, never a wrong byte.

const BUCKET = 4

export class Ghost {
  #fingerprints = new Uint32Array(1024)
  #times = new Uint32Array(1024)
  #now = 1

  /** Room for at least twice as many names as shall be remembered, so that few fall out early. */
  reserve(names: number): void {
    if (2 * names <= this.#times.length) return
    const [fingerprints, times] = [this.#fingerprints, this.#times]
    this.#fingerprints = new Uint32Array(2 * times.length)
    this.#times = new Uint32Array(2 * times.length)
    for (let slot = 0; slot < times.length; slot++) {
      if (times[slot] !== 0) this.#put(fingerprints[slot] ?? 0, times[slot] ?? 0)
    }
  }

  add(fingerprint: number): void {
    // After 2^32 names, begin anew: what is remembered then is forgotten once.
    if (this.#now === 0xffffffff) {
      this.#times.fill(0)
      this.#now = 1
    }
    this.#put(fingerprint, this.#now++)
  }

  /** Whether it is one of the last `most` that were added; then it is taken out. */
  take(fingerprint: number, most: number): boolean {
    const first = this.#bucket(fingerprint)
    for (let slot = first; slot < first + BUCKET; slot++) {
      const time = this.#times[slot] ?? 0
      if (time === 0 || this.#fingerprints[slot] !== fingerprint) continue
      this.#times[slot] = 0
      return this.#now - time <= most
    }
    return false
  }

  #put(fingerprint: number, time: number): void {
    const first = this.#bucket(fingerprint)
    let chosen = first
    for (let slot = first; slot < first + BUCKET; slot++) {
      if (this.#fingerprints[slot] === fingerprint) {
        chosen = slot
        break
      }
      if ((this.#times[slot] ?? 0) < (this.#times[chosen] ?? 0)) chosen = slot
    }
    this.#fingerprints[chosen] = fingerprint
    this.#times[chosen] = time
  }

  #bucket(fingerprint: number): number {
    return ((Math.imul(fingerprint, 0x9e3779b1) >>> 0) % (this.#times.length / BUCKET)) * BUCKET
  }
}
