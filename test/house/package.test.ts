// What is published and what is installed: the package holds the program and no tests, every dependency is pinned, and
// the lock names no registry and misses no platform, so that `npm ci` works on every machine.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from './tree.js'

interface Manifest {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}
interface Lock {
  packages: Record<string, { resolved?: string; version?: string; optionalDependencies?: Record<string, string> }>
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock

const test = suite('package')

test('holds the program, its types and its documentation, and no test', () => {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  })
  const [packed] = JSON.parse(stdout) as Array<{ files: Array<{ path: string }> }>
  const paths = packed?.files.map(({ path }) => path) ?? []
  const needed = [
    'LICENSE',
    'README.md',
    'dist/runnel',
    'dist/api/index.js',
    'dist/api/index.d.ts',
    'dist/node/index.js',
    'dist/cli/bundle.cjs',
    'dist/cli/node-bundle.cjs',
    'dist/cli/node-code.cjs',
  ]
  for (const path of needed) assert.ok(paths.includes(path), `${path} is missing`)
  const foreign = paths.filter((path) =>
    /\.test\.|inputs\.json|\.cache$|^dist\/(test|bench)\/|corpus|^(test|stack|node|api|cli|native)\//.test(path),
  )
  assert.equal(foreign, [])
})

test('pins every dependency exactly', () => {
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  assert.equal(
    all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    [],
  )
})

test('has a lock that names no registry', () => {
  assert.equal(
    Object.keys(lock.packages).filter((path) => lock.packages[path]?.resolved !== undefined),
    [],
  )
})

test('has a lock with the optional packages of every platform, without which `npm ci` refuses to start', () => {
  const missing = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies).filter((name) => lock.packages[`node_modules/${name}`] === undefined),
  )
  assert.equal(missing, [])
})

test.run()
