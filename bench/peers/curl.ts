// curl, the reader of what nginx serves.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Surroundings } from '../frame/surroundings.js'

/** Fetches a URL to a file; the milliseconds are curl's own, without its start. */
export async function fetchFile(
  { children }: Pick<Surroundings, 'children'>,
  url: string,
  output: string,
): Promise<{ milliseconds: number; bytes: number; hit: boolean }> {
  const format = '%{time_total} %{size_download} %header{x-cache}'
  const told = await children.finish('curl', 'curl', ['-sS', '--fail', '-o', output, '-w', format, url])
  const [seconds, bytes, cache] = told.trim().split(' ')
  return { milliseconds: Number(seconds) * 1000, bytes: Number(bytes), hit: cache === 'HIT' }
}

/** Fetches many files over connections that are kept: one, or so many at once. */
export async function fetchFolder(
  { children }: Pick<Surroundings, 'children'>,
  base: string,
  paths: readonly string[],
  output: string,
  parallel = 1,
): Promise<void> {
  const config = join(output, '.curl')
  const many = parallel === 1 ? [] : ['parallel', `parallel-max = ${parallel}`]
  const lines = paths.flatMap((path) => [`url = "${base}/${path}"`, `output = "${join(output, path)}"`])
  writeFileSync(config, ['silent', 'show-error', 'fail', 'create-dirs', ...many, ...lines, ''].join('\n'))
  await children.finish('curl', 'curl', ['--config', config])
}
