// Code for tests of the explorer: a way of five steps that blind changes do not find, and a decoder that believes a size.

export function walkMaze(bytes: Uint8Array): number {
  if (bytes[0] !== 0x52) return 0
  if (bytes[1] !== 0xa7) return 1
  if (bytes[2] !== 0x4c) return 2
  if (bytes[3] !== 0x93) return 3
  throw new RangeError('the end of the maze')
}

/** Takes the first four bytes for a length, and makes room for it before it looks whether it is there. */
export function decodeTrusting(bytes: Uint8Array): Uint8Array | string {
  if (bytes.length < 4) return 'too-short'
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const room = new Uint8Array(length)
  if (bytes.length < 4 + length) return 'too-short'
  room.set(bytes.subarray(4, 4 + length))
  return room
}
