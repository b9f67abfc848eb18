// Reads a PNG as browsers write them (PNG, third edition: 8 bits a channel, RGB or RGBA, not interlaced), so that a test can
// look at a screenshot.

import { inflateSync } from 'node:zlib'

export interface Picture {
  readonly width: number
  readonly height: number
  /** Red, green and blue, 0 to 255. */
  at(x: number, y: number): readonly [number, number, number]
}

const headerBytes = 8

/** Throws an Error for what is no such picture. */
export function decodePng(file: Buffer): Picture {
  const pieces: Buffer[] = []
  let [width, height, channels] = [0, 0, 0]
  for (let at = headerBytes; at < file.length; ) {
    const length = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    const body = file.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') {
      width = body.readUInt32BE(0)
      height = body.readUInt32BE(4)
      channels = body[9] === 2 ? 3 : 4
      if (body[8] !== 8 || (body[9] !== 2 && body[9] !== 6) || body[12] !== 0) throw new Error('another kind of PNG')
    } else if (type === 'IDAT') pieces.push(body)
    at += 12 + length
  }
  const pixels = unfilter(inflateSync(Buffer.concat(pieces)), width * channels, height, channels)
  return {
    width,
    height,
    at: (x, y) => {
      const from = (y * width + x) * channels
      return [pixels[from] ?? 0, pixels[from + 1] ?? 0, pixels[from + 2] ?? 0]
    },
  }
}

/** Each row begins with the number of its filter, which says what was taken off each byte (section 9). */
function unfilter(data: Buffer, rowBytes: number, rows: number, step: number): Uint8Array {
  const pixels = new Uint8Array(rowBytes * rows)
  for (let row = 0; row < rows; row++) {
    const from = row * (rowBytes + 1) + 1
    const to = row * rowBytes
    const predict = filters[data[from - 1] ?? 0] ?? nothing
    for (let column = 0; column < rowBytes; column++) {
      const left = column >= step ? (pixels[to + column - step] ?? 0) : 0
      const above = row > 0 ? (pixels[to + column - rowBytes] ?? 0) : 0
      const corner = row > 0 && column >= step ? (pixels[to + column - rowBytes - step] ?? 0) : 0
      pixels[to + column] = (data[from + column] ?? 0) + predict(left, above, corner)
    }
  }
  return pixels
}

type Predict = (left: number, above: number, corner: number) => number

const nothing: Predict = () => 0

const filters: readonly Predict[] = [
  nothing,
  (left) => left,
  (_, above) => above,
  (left, above) => (left + above) >> 1,
  (left, above, corner) => {
    const guess = left + above - corner
    const byLeft = Math.abs(guess - left)
    const byAbove = Math.abs(guess - above)
    const byCorner = Math.abs(guess - corner)
    if (byLeft <= byAbove && byLeft <= byCorner) return left
    return byAbove <= byCorner ? above : corner
  },
]
