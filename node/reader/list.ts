// What a folder of a site holds, in the order of the bytes of the names.

import type { FolderItem } from '../../api/protocol/index.js'
import { type FolderEntry, listDirectory } from '../../stack/data/index.js'
import { drive } from './drive.js'
import type { ReadSession } from './session.js'
import type { Site, SiteItem } from './site.js'
import type { Target } from './target.js'

/** Yields the items of a folder; of a file, that file alone. `path` is where it stands in the site. */
export async function* listFolder(
  session: ReadSession,
  target: Target,
  site: Site,
  item: SiteItem,
  path: readonly string[],
): AsyncGenerator<FolderItem, void, undefined> {
  if (item.kind === 'file') {
    yield { name: path.at(-1) ?? site.note.name, kind: 'file', mode: item.mode, bytes: item.bytes }
    return
  }
  const walk = listDirectory(session.crypto, target.fileScope, item, { directoryPath: path })
  for await (const { item: found } of drive<FolderEntry>(session, walk, site.log, 'the folder')) {
    if (found.kind === 'symlink') {
      yield { name: found.name, kind: 'symlink', mode: 0o777, bytes: 0, target: found.target }
    } else yield { name: found.name, kind: found.kind, mode: found.mode, bytes: found.bytes }
  }
}
