// What a file is, by its name alone: the same for HEAD and GET, and never guessed from bytes, as its publisher chose them.

import mime from 'mime'

const textual = /^text\/|[/+](?:json|xml|javascript)$/

/** The Content-Type of a file of this name; text is UTF-8, as everything here is that has no mark of its own. */
export function mediaTypeOf(name: string): string {
  const type = mime.getType(name) ?? 'application/octet-stream'
  return textual.test(type) ? `${type}; charset=utf-8` : type
}
