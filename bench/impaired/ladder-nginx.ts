// The same from an nginx at the publisher's through a caching nginx at the router, by curl: plain HTTP/1.1, without TLS, so
// nothing is sealed or verified. The caching one has a connection to the other before, as Runnel has a link.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Surroundings } from '../frame/surroundings.js'
import { cache, origin, startNginx } from '../peers/nginx-server.js'
import type { Distribution, Reading } from './distribution.js'
import type { LadderLine, ReaderPlace } from './ladder-line.js'

const port = 8080
const limitS = 180

export async function openNginx(
  { remove }: Surroundings,
  line: LadderLine,
  directory: string,
  file: string,
): Promise<Distribution> {
  const folder = join(directory, 'folder')
  mkdirSync(folder, { recursive: true })
  symlinkSync(file, join(folder, 'file'))
  writeFileSync(join(folder, 'first'), 'a connection')
  const serving = await startNginx(
    line.at('publisher'),
    'origin',
    join(directory, 'origin'),
    origin(`0.0.0.0:${port}`, folder),
  )
  const from = `${line.address('publisher', 'router')}:${port}`
  const caching = await startNginx(line.at('router'), 'cache', join(directory, 'cache'), cache(`0.0.0.0:${port}`, from))
  const output = join(directory, 'output')
  const fetch = (place: ReaderPlace, name: string): Promise<string> => {
    const url = `http://${line.address('router', place)}:${port}/${name}`
    const format = '%{time_starttransfer} %{time_total} %{size_download} %header{x-cache}'
    const args = ['-sS', '--fail', '--max-time', String(limitS), '-o', output, '-w', format, url]
    return line.at(place).finish('curl', 'curl', args)
  }
  await fetch('first', 'first')
  return {
    // It never asks whether there is something newer: see `proxy_cache_valid`.
    read: async (place, wants): Promise<Reading | undefined> => {
      if (wants === 'newest' && place !== 'first') return undefined
      const [first, all, bytes, hit] = (await fetch(place, 'file')).trim().split(' ')
      remove(output)
      const cached = hit === 'HIT'
      return { firstMs: 1000 * Number(first), allMs: 1000 * Number(all), bytes: Number(bytes), verified: false, cached }
    },
    close: async () => {
      await Promise.all([serving.stop(), caching.stop()])
    },
  }
}
