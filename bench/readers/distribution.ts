// What each contender is on the line: somebody publishes a folder, routers between keep what passes where the contender has
// such, and readers read it.

import { join } from 'node:path'
import type { Figures } from '../frame/scenario.js'
import type { ReaderPlace, Router, WriterPlace } from './network.js'

/** What readers need to ask: a link, an address, a key. */
export interface Published {
  readonly at: WriterPlace
  readonly where: string
  /** Of the files, inside of the folder. */
  readonly paths: readonly string[]
}

export interface Reader {
  /** Reads all or some of the files into `output`, which is there, several at once; gives what it counted itself. */
  fetch(published: Published, output: string, paths?: readonly string[]): Promise<Figures>
  /** Whether it keeps what it has read and gives that the next time. */
  readonly keeps: boolean
}

/** For who reads a folder whole or by path: where each thing that is asked for is, and the path that it is written to. */
export function placesOf({ where, paths }: Published, output: string, some = paths): { from: string; to: string }[] {
  if (some.length === paths.length) return [{ from: where, to: output }]
  return some.map((path) => ({ from: `${where}/${path}`, to: join(output, path.replaceAll('/', '_')) }))
}

/** A program that reads objects one after the other, into its memory. */
export interface Program {
  /** Milliseconds of each. */
  read(published: Published, paths: readonly string[]): Promise<readonly number[]>
  close(): Promise<void>
}

export interface Distribution {
  publish(folder: string, paths: readonly string[], at?: WriterPlace): Promise<Published>
  /** A reader that is connected and has read nothing. */
  reader(place: ReaderPlace, published: Published): Promise<Reader>
  /** Lets the router keep these files, because somebody behind it has read them. */
  warm(router: Router, published: Published, paths: readonly string[]): Promise<void>
  /** A program that is ready at the reader's. `from`: the only router that has copies of what it will ask for. */
  program(from: Router, published: Published): Promise<Program>
  /** Ends what serves the original. */
  endPublisher(): Promise<void>
  /** Ends a router. */
  end(router: Router): Promise<void>
  /** Starts it again with what it had kept. */
  start(router: Router): Promise<void>
  /** Processes that run now; those that they have started count with them. */
  pids(): readonly number[]
  close(): Promise<void>
}
