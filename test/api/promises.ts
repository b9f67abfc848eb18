// Promises as tests need them.

import * as assert from 'uvu/assert'
import { type ErrorCode, RunnelError } from '../../errors/index.js'

export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((yes) => {
    resolve = yes
  })
  return { promise, resolve: (value) => resolve(value) }
}

/** The RunnelError that a promise rejects with; fails when it resolves, rejects with another thing or another code. */
export async function failure(promise: Promise<unknown>, code: ErrorCode): Promise<RunnelError> {
  try {
    await promise
  } catch (thrown) {
    assert.instance(thrown, RunnelError)
    assert.is((thrown as RunnelError).code, code, (thrown as RunnelError).message)
    return thrown as RunnelError
  }
  throw new Error(`it resolved, and should have failed with ${code}`)
}

/** Resolves once `condition` holds, looking again after every turn of the event loop. A test that hangs here fails by its runner. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
