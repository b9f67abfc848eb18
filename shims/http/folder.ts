// A folder that was asked for: its index.html, else what it holds as a plain page.

import { type FolderItem, type FoundItem, isRunnelError } from '../../api/index.js'
import { begun, sendPieces } from './answer.js'
import { type Exchange, linkOf, reading, redirect } from './exchange.js'
import { answerFile, isFile } from './file.js'
import { freshnessHeaders } from './freshness.js'
import { escapeHtml, pageEnd, pageHead } from './html.js'
import { ownPolicy } from './policy.js'

const indexName = 'index.html'

export async function answerFolder(exchange: Exchange, item: FoundItem): Promise<void> {
  const { target } = exchange
  // Names in a page of it are relative to the folder only behind the slash.
  if (!target.folder) return redirect(exchange, `${target.raw}/${target.query}`)
  const index = await findFile(exchange, [...target.names, indexName])
  return index === undefined ? answerListing(exchange, item) : answerFile(exchange, index)
}

/** A file of the stream; undefined when there is none at that path. */
export async function findFile({ client, stream, signal }: Exchange, names: readonly string[]) {
  try {
    const item = await client.find({ link: linkOf(stream, names), ...reading }, { signal })
    return isFile(item) ? item : undefined
  } catch (error) {
    if (isRunnelError(error, 'NOT_FOUND') || isRunnelError(error, 'NOT_A_FOLDER')) return undefined
    throw error
  }
}

async function answerListing(exchange: Exchange, item: FoundItem): Promise<void> {
  const { request, response, signal } = exchange
  const headers = { ...ownPolicy(), ...freshnessHeaders(item), 'Content-Type': 'text/html; charset=utf-8' }
  if (request.method === 'HEAD') {
    response.writeHead(200, headers)
    response.end()
    return
  }
  const pieces = await begun(listing(exchange))
  response.writeHead(200, headers)
  await sendPieces(response, pieces, signal)
  response.end()
}

async function* listing({ client, stream, target, signal }: Exchange): AsyncGenerator<string, void, undefined> {
  const { names } = target
  const items = await begun(client.caller.items('list', { link: linkOf(stream, names), ...reading }, { signal }))
  const title = names.length === 0 ? stream : names.join('/')
  yield `${pageHead(title)}<table>\n${names.length === 0 ? '' : '<tr><td><a href="../">..</a></td><td></td></tr>\n'}`
  for await (const item of items) yield row(item)
  yield `</table>\n${pageEnd}`
}

function row({ name, kind, bytes, target }: FolderItem): string {
  const slash = kind === 'directory' ? '/' : ''
  // With ./ before it, so that a colon in the name makes no scheme of it.
  const place = escapeHtml(`./${encodeURIComponent(name)}${slash}`)
  const size = kind === 'file' ? `${bytes} B` : kind === 'symlink' ? escapeHtml(`→ ${target ?? ''}`) : ''
  return `<tr><td><a href="${place}">${escapeHtml(name)}${slash}</a></td><td>${size}</td></tr>\n`
}
