// What a site may be: one of the versions that were published, whole.

import { equal } from '../../stack/bytes/index.js'
import { identityOf, Violation } from './model.js'

export class SiteModel {
  readonly name: string
  readonly #versions = new Map<number, ReadonlyMap<string, Uint8Array>>()

  constructor(name: string) {
    this.name = name
  }

  /** A writer is about to publish these. From now on they may be there. */
  give(version: number, files: ReadonlyMap<string, Uint8Array>): void {
    this.#versions.set(version, files)
  }

  /** A reader was shown a file; tells the version that it is of. */
  show(reader: string, name: string, bytes: Uint8Array): number {
    const identity = identityOf(bytes)
    const version = Number(identity.split('/')[1])
    const file = this.#versions.get(version)?.get(name)
    if (file === undefined || !equal(file, bytes)) {
      throw new Violation(`${reader} was shown ${name} of ${this.name} with bytes that nobody published: ${identity}`)
    }
    return version
  }
}
