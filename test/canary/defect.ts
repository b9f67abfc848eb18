// A deliberate defect, and what must find it.

export interface Defect {
  readonly name: string
  /** Below dist/. */
  readonly file: string
  /** A piece of the compiled file, there exactly once. */
  readonly find: string
  readonly replace: string
  /** The harness: a program below dist/ with its arguments. It must fail, and say something that `says` matches. */
  readonly run: readonly string[]
  readonly says: RegExp
  /** What its harness cannot run without, and not every machine has. */
  readonly needs?: 'python' | 'namespaces' | 'addon'
}
