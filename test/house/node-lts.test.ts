// wall limit: 600 s
// Runnel also runs on the current LTS release of Node, which need not be the one that runs the tests. Its binary comes
// from the package that the npm package `node` is made of, pinned, and is kept outside of the project's tree.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { judge } from '../runner/outcome.js'
import { planTests } from '../runner/plan.js'
import { root } from './tree.js'

const release = '24.21.0'

/** Folders whose tests run there: pure code, WebAssembly and the crypto of Node itself. */
const folders = ['errors/', 'stack/bytes/', 'stack/crypto/', 'stack/name/', 'stack/data/']

const compiled = join(root, 'dist')
const packageName = `node-${process.platform}-${process.arch}`
const binary = installed()

const test = suite(`Node ${release}`)
const check = binary === undefined ? test.skip : test

check('is an LTS release', () => {
  assert.is(run(['-p', 'process.version']).output.trim(), `v${release}`)
  assert.match(run(['-p', 'process.release.lts']).output, /^[A-Z][a-z]+\n$/)
})

check('passes the unit tests', () => {
  const files = planTests(compiled, []).filter(({ path }) => folders.some((folder) => path.startsWith(folder)))
  assert.ok(files.length > 5)
  const failures = files.flatMap(({ path }) => {
    const ending = run([join(compiled, path)])
    const outcome = judge(ending, false)
    return outcome.failed === 0 && outcome.passed > 0 ? [] : [`${path}\n${ending.output}`]
  })
  assert.is(failures.join('\n'), '')
})

check('starts the command, also with the options that the launcher gives', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const { output, exitCode } = run([join(compiled, 'runnel'), '--version'])
  assert.match(output, version)
  assert.is(exitCode, 0)
  const path = `${dirname(binary ?? '')}:${process.env.PATH}`
  const launched = spawnSync(join(compiled, 'runnel'), ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  })
  assert.is(launched.stderr, '')
  assert.match(launched.stdout, version)
})

test.run()

function run(args: string[]) {
  const { stdout, stderr, status, signal } = spawnSync(binary ?? '', args, { encoding: 'utf8' })
  return { output: `${stdout}${stderr}`, exitCode: status, signal, milliseconds: 0 }
}

/** Path of the release's binary, installed when it is not there; undefined where it cannot be had and need not be. */
function installed(): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'runnel-test')
  const home = join(cache, `node-${release}`)
  const path = join(home, 'node_modules', packageName, 'bin', 'node')
  if (existsSync(path)) return path
  mkdirSync(cache, { recursive: true })
  const fresh = mkdtempSync(join(cache, 'install-'))
  try {
    const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', fresh]
    const { status, stderr } = spawnSync('npm', ['install', ...options, `${packageName}@${release}`], {
      encoding: 'utf8',
    })
    if (status === 0) {
      rmSync(home, { recursive: true, force: true })
      renameSync(fresh, home)
      return path
    }
    if (process.env.CI === 'true') throw new Error(`cannot install ${packageName}@${release}: ${stderr}`)
    console.log(`skipped, because ${packageName}@${release} cannot be installed here: ${stderr}`)
    return undefined
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}
