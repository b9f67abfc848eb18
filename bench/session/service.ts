// What is said over a connection of any kind, so that all contenders do the same work: `sink` reads to the end and answers
// with how much that was; `first` says one byte at once.

import type { Duplex } from 'node:stream'

/** A duplex stream of bytes with an end of each direction. */
export interface Pipe extends AsyncIterable<Uint8Array> {
  /** Resolves when more may be written. */
  write(bytes: Uint8Array): Promise<void>
  end(): void
  close(): void
}

export type Service = 'sink' | 'first'

const pieceBytes = 65_536

export async function answer(pipe: Pipe, service: Service): Promise<void> {
  if (service === 'first') {
    await pipe.write(Uint8Array.of(1))
    for await (const _ of pipe);
    pipe.end()
    return
  }
  let count = 0
  for await (const { length } of pipe) count += length
  await pipe.write(Buffer.from(String(count)))
  pipe.end()
}

/** Writes so many bytes and resolves with how many the other side says it has. */
export async function pourInto(pipe: Pipe, bytes: number): Promise<number> {
  const piece = new Uint8Array(pieceBytes).fill(7)
  for (let left = bytes; left > 0; left -= pieceBytes) await pipe.write(piece.subarray(0, Math.min(left, pieceBytes)))
  pipe.end()
  let said = ''
  for await (const part of pipe) said += Buffer.from(part).toString()
  return Number(said)
}

/** Waits for the byte that is said at once; what is given waits for the end. */
export async function firstByte(pipe: Pipe): Promise<() => Promise<unknown>> {
  const reading = pipe[Symbol.asyncIterator]()
  const { value } = await reading.next()
  if (value?.length !== 1) throw new Error('no first byte')
  return () => {
    pipe.end()
    return reading.next()
  }
}

/** A stream of Node as a pipe. */
export function pipeOf(stream: Duplex): Pipe {
  return {
    write: async (bytes) => {
      if (stream.write(bytes)) return
      await new Promise<void>((resolve, reject) => {
        stream.once('drain', resolve)
        stream.once('error', reject)
      })
    },
    end: () => void stream.end(),
    close: () => void stream.destroy(),
    // Whoever has read to the end may still have something to say.
    [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>,
  }
}
