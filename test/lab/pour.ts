// Bytes that tell where they belong: poured into a conversation on one side and drunk on the other, so that one that is
// missing, repeated or in another place is found at its position.

import type { Conversation } from '../../api/index.js'

const pieceBytes = 65_536

/** Every eight bytes are their position and the number of the stream. */
export function poured(stream: number, from: number, bytes: number): Uint8Array {
  const first = from - (from % 8)
  const words = new DataView(new ArrayBuffer(Math.ceil((from + bytes - first) / 8) * 8))
  for (let at = 0; at < words.byteLength; at += 8) {
    words.setUint32(at, stream)
    words.setUint32(at + 4, (first + at) / 8)
  }
  return new Uint8Array(words.buffer, from - first, bytes)
}

/** Writes so many bytes and ends this direction. */
export async function pour(conversation: Conversation, stream: number, bytes: number): Promise<void> {
  for (let at = 0; at < bytes; at += pieceBytes) {
    await conversation.write(poured(stream, at, Math.min(pieceBytes, bytes - at)))
  }
  await conversation.end()
}

/** Reads to the end and compares each byte; `handleCount` is told how many there are after each piece. */
export async function drink(
  conversation: AsyncIterable<Uint8Array>,
  stream: number,
  handleCount: (bytes: number) => void = () => {},
): Promise<number> {
  let count = 0
  for await (const bytes of conversation) {
    const expected = poured(stream, count, bytes.length)
    if (Buffer.compare(bytes, expected) !== 0) {
      const at = bytes.findIndex((byte, index) => byte !== expected[index])
      throw new Error(`byte ${count + at} of stream ${stream} is not the one that was written there`)
    }
    count += bytes.length
    handleCount(count)
  }
  return count
}
