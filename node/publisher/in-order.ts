// Does several things at a time and gives their results in order: what a disk or the kernel answers late holds up nobody.

/**
 * Starts `act` for each item, at most `most` ahead of what was taken, and yields the results in the order of the items.
 * A failure comes at its place; whoever stops early waits until everything that was started has ended.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  most: number,
  act: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const started: Promise<R>[] = []
  try {
    for (const item of items) {
      const result = act(item)
      // Its failure is told at its place, or not at all when something before it fails.
      result.catch(() => {})
      started.push(result)
      const first = started.length < most ? undefined : started.shift()
      if (first !== undefined) yield await first
    }
    for (let first = started.shift(); first !== undefined; first = started.shift()) yield await first
  } finally {
    await Promise.allSettled(started)
  }
}
