// Errors of Runnel in tests: told with their code and details, and compared by their code.

import type { Callback, Test } from 'uvu'
import { RunnelError } from '../../errors/index.js'

/** `test`, for code that may throw RunnelErrors: uvu takes an error's `details` for a text, and would end without a word. */
export function told<T>(test: Test<T>): (name: string, run: Callback<T>) => void {
  return (name, run) =>
    test(name, async (context) => {
      try {
        await run(context)
      } catch (error) {
        if (!(error instanceof RunnelError)) throw error
        throw new Error(`${error.code}: ${error.message} ${JSON.stringify(error.details)}`, { cause: error })
      }
    })
}

/** The code that a call rejects with; undefined when it does not. */
export async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    if (error instanceof RunnelError) return error.code
    throw error
  }
}
