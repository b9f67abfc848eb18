// What the compiler promises to programs. The lines that must not compile are marked as errors that are expected: the build
// fails when one of them compiles after all.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type ByteRead,
  type ErrorCode,
  isRunnelError,
  type LogEntry,
  type NodeClient,
  RunnelError,
  type Stream,
  toReadable,
  toWeb,
} from './index.js'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}

const test = suite('types')

test('a client gives bytes, results and streams of the documented types', () => {
  // Only compiled: there is no node.
  const program = async (node: NodeClient, signal: AbortSignal): Promise<void> => {
    const stream = await node.openStream('name', { label: 'posts', maxAgeS: 5, signal })
    same<Stream, typeof stream>(true)
    same<Uint8Array, Awaited<ReturnType<typeof stream.get>>>(true)
    for await (const entry of stream.entries({ from: 0, signal })) same<LogEntry, typeof entry>(true)
    for await (const bytes of stream) same<Uint8Array, typeof bytes>(true)
    same<ByteRead, ReturnType<typeof stream.range>>(true)
    toReadable(stream).destroy()
    await toWeb(stream.range(0, 10)).cancel()
    const published = await node.publish('/site', { onProgress: ({ bytes }) => same<number, typeof bytes>(true) })
    same<string, typeof published.link>(true)
    const own = await node.createStream({ label: 'posts', visibility: 'unlisted' })
    same<number, Awaited<ReturnType<typeof own.append>>['first']>(true)
    await using another = node
    same<NodeClient, typeof another>(true)

    // @ts-expect-error: a visibility is one of two
    await node.publish('/site', { visibility: 'secret' })
    // @ts-expect-error: entries are bytes or text
    await own.append([1, 2])
    // @ts-expect-error: what is shown is always verified
    same<false, typeof stream.source.verified>(true)
    // @ts-expect-error: no such method
    await node.caller.call('fly', {})
    // @ts-expect-error: a parameter is missing
    await node.caller.call('get', { link: 'x' })
    // @ts-expect-error: what a stream says of itself is not the program's to change
    stream.length = 5
  }
  assert.type(program, 'function')
})

test('an error tells its code to the compiler', () => {
  const error: unknown = new RunnelError('TIMEOUT')
  assert.ok(isRunnelError(error, 'TIMEOUT'))
  if (isRunnelError(error)) same<ErrorCode, typeof error.code>(true)
  // @ts-expect-error: not a code
  assert.not(isRunnelError(error, 'NO_SUCH_CODE'))
})

test.run()
