// What the scripts share: the root, running a command with its output shown, and installing the locked packages when
// they are not there. Uses nothing but Node itself, because it runs before anything is installed.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a command in the root with its output shown; returns its exit code, 128 + n when signal n ended it. */
export function run(command, args, environment = process.env) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: environment })
  if (error) {
    console.error(`${command}: ${error.message}`)
    return 127
  }
  return status ?? (signal === 'SIGINT' ? 130 : 143)
}

/** Runs the program of an installed package, by its path in node_modules. */
export function runTool(path, args) {
  return run(process.execPath, [join(root, 'node_modules', path), ...args])
}

/** Installs exactly what package-lock.json says, without install scripts; does nothing where that is there already. */
export function install() {
  const reason = staleness()
  if (reason === undefined) return true
  console.log(`installing packages: ${reason}`)
  return run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']) === 0
}

/** Why node_modules is not what the lock says, or undefined. npm keeps a lock of what it installed beside it. */
function staleness() {
  const locked = readLock('package-lock.json')
  const installed = readLock('node_modules/.package-lock.json')
  if (locked === undefined) throw new Error('package-lock.json is missing or not JSON')
  if (installed === undefined) return 'there are none yet'
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === '') continue
    const found = installed[path]
    const missing = found === undefined || !existsSync(join(root, path))
    if (missing && wanted.optional !== true) return `${path} is missing`
    if (!missing && found.version !== wanted.version) return `${path} is ${found.version}, not ${wanted.version}`
  }
  return undefined
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages
  } catch {
    return undefined
  }
}
