// A process of the bench that does what it is told: methods of one file, called from another process over Node's own
// channel between parent and child. What is timed is timed inside the actor.

import { once } from 'node:events'
import type { Child, Children } from './children.js'

export type Methods = Readonly<Record<string, (argument: never) => Promise<unknown>>>

interface Call {
  readonly method: string
  readonly argument: unknown
}

type Answer = { readonly result: unknown } | { readonly error: string }

/** Serves the methods until the parent lets go. To be called by the actor's own file. */
export function serve(methods: Methods, close: () => Promise<void> = async () => {}): void {
  process.on('message', (call: Call) => {
    const method = methods[call.method] as ((argument: unknown) => Promise<unknown>) | undefined
    const answer = method === undefined ? Promise.reject(new Error(`no method ${call.method}`)) : method(call.argument)
    answer.then(
      (result) => process.send?.({ result } satisfies Answer),
      (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
        process.send?.({ error: text } satisfies Answer)
      },
    )
  })
  let ending = false
  const end = (): void => {
    if (ending) return
    ending = true
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('disconnect', end)
  process.once('SIGTERM', end)
}

export class Actor {
  readonly child: Child

  constructor(child: Child) {
    this.child = child
  }

  get pid(): number {
    return this.child.pid
  }

  /** One call at a time. Rejects with what the actor threw, or with its output when it ended. */
  async call<T>(method: string, argument: unknown = undefined): Promise<T> {
    const { process } = this.child
    // Of one that has ended, `ended` tells.
    process.send({ method, argument } satisfies Call, () => {})
    const aborter = new AbortController()
    const ended = this.child.ended.then(() => ({ error: `${this.child.name} ended:\n${this.child.output}` }))
    const answered = once(process, 'message', { signal: aborter.signal }).then(([answer]) => answer as Answer)
    answered.catch(() => {})
    const answer = await Promise.race([answered, ended])
    aborter.abort()
    if ('error' in answer) throw new Error(`${this.child.name}: ${method}: ${answer.error}`)
    return answer.result as T
  }

  stop(): Promise<void> {
    return this.child.stop()
  }
}

export interface ActorOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly nodeOptions?: readonly string[]
}

/** Starts a compiled file as an actor. */
export function startActor(children: Children, name: string, file: URL, options: ActorOptions = {}): Actor {
  const child = children.start(name, process.execPath, [...(options.nodeOptions ?? []), file.pathname], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, ...options.environment },
  })
  return new Actor(child)
}
