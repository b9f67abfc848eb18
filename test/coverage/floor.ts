// How much of stack/ the tests must reach at the least, in per cent of lines, branches and functions. Just below what is
// reached: whoever adds code adds what reaches it, or says here why not.

type Floor = readonly [lines: number, branches: number, functions: number]

const floors: Readonly<Record<string, Floor>> = {
  'stack/bytes': [99, 87, 99],
  'stack/crypto': [99, 92, 99],
  'stack/name': [99, 97, 99],
  'stack/data': [98.5, 95.5, 99],
  'stack/link': [97, 88.5, 99],
  'stack/session': [99, 97, 99],
  'stack/custody': [99, 96.5, 98],
  'stack/inbox': [97.5, 94, 98.5],
  'stack/noise': [99.5, 99, 99.5],
  'stack/packet': [97.5, 93, 99],
  'stack/forward': [98, 94, 99],
  'all of stack': [98.5, 94, 99],
}

/** The floor of a folder, or of all. A folder without one has the lowest that may be. */
export function floorOf(name: string): Floor {
  return floors[name] ?? [90, 80, 90]
}

/** Whether one of the shares (per cent) is under the floor of that folder. */
export function isUnder(name: string, shares: readonly number[]): boolean {
  const floor = floorOf(name)
  return shares.some((share, index) => share < (floor[index] ?? 0))
}
