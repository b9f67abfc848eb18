// The peers are pinned, the lock names no registry, and nothing of them is in the product.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from '../frame/machine.js'

interface Manifest {
  readonly dependencies: Record<string, string>
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as T
}

const test = suite('bench/peers')
const peers = read<Manifest>('bench/package.json').dependencies

test('each peer is pinned exactly', () => {
  assert.ok(Object.keys(peers).length > 0)
  for (const [name, version] of Object.entries(peers)) assert.match(version, /^\d+\.\d+\.\d+$/, name)
})

test('the lock is of these versions, and says where nothing comes from', () => {
  const { packages } = read<{ packages: Record<string, { resolved?: string; version?: string }> }>(
    'bench/package-lock.json',
  )
  for (const [name, version] of Object.entries(peers)) assert.is(packages[`node_modules/${name}`]?.version, version)
  assert.equal(
    Object.keys(packages).filter((path) => packages[path]?.resolved !== undefined),
    [],
  )
})

test('the product depends on none of them', () => {
  const { dependencies } = read<Manifest>('package.json')
  assert.equal(
    Object.keys(peers).filter((name) => dependencies[name] !== undefined),
    [],
  )
})

test.run()
