// Gets a process the right to make network namespaces: it has it (root), or it starts itself again inside an unprivileged
// user namespace with a network and mounts of its own, or it goes on without.

import { spawnSync } from 'node:child_process'
import { whyNoNamespaces } from './namespaces.js'

/** Set in the process that was started again. */
const enteredVariable = 'RUNNEL_TEST_ENTERED'

/** `ip netns` keeps its names below /run, which an ordinary user cannot write: so it gets one of its own. */
const unshare = [
  ...['--user', '--map-root-user', '--net', '--mount'],
  ...['sh', '-c', 'mount -t tmpfs tmpfs /run && exec "$@"', 'sh'],
]

/**
 * Call it first in a program that opens a lab. It returns at once where namespaces can be made, and where nothing helps;
 * elsewhere the program runs again with the right to make them, and this process ends with its exit code.
 */
export function enterUserNamespace(): void {
  if (process.env[enteredVariable] !== undefined || whyNoNamespaces() === undefined) return
  if (spawnSync('unshare', [...unshare, 'true']).status !== 0) return
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const environment = { ...process.env, [enteredVariable]: '1' }
  const { status } = spawnSync('unshare', [...unshare, ...again], { stdio: 'inherit', env: environment })
  process.exit(status ?? 1)
}
