// What a node leaves when it is killed, removed: rules of routing, which do not go with its interface, and the sockets and the
// lock of its home. What belongs to a node that lives is not touched.

import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RunnelError, toRunnelError } from '../../errors/index.js'
import { type Lock, openRealFiles } from '../store/index.js'
import { findMachineAddon, type MachineAddon } from './addon.js'

export interface Removed {
  readonly kind: 'rule' | 'socket' | 'lock'
  readonly text: string
}

const sockets = ['runnel.sock', 'metrics.sock']

/**
 * Gives what it has removed, and whether a node lives on this home, which is then left as it is. Throws PERMISSION when
 * rules are left that this user may not remove; IO.
 */
export async function cleanUp(
  home: string,
  addon: MachineAddon | undefined = findMachineAddon(),
): Promise<{ readonly removed: readonly Removed[]; readonly lives: boolean }> {
  const ofHome = await cleanHome(home)
  return { removed: [...ofHome.removed, ...cleanRules(addon)], lives: ofHome.lives }
}

function cleanRules(addon: MachineAddon | undefined): Removed[] {
  try {
    return (addon?.removeAbandonedRules() ?? []).map((index) => {
      return { kind: 'rule', text: `a rule of routing for interface ${index}, which is gone` }
    })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const denied = /^\w+ (1|13) /.test(message)
    throw new RunnelError(denied ? 'PERMISSION' : 'IO', `rules of routing could not be removed (${message})`, {
      cause: error,
      ...(denied ? { hint: 'Run it as root, or with the capability CAP_NET_ADMIN.' } : {}),
    })
  }
}

/** Whoever gets its lock may clean: nobody else lives there, and nobody begins meanwhile. */
async function cleanHome(home: string): Promise<{ readonly removed: Removed[]; readonly lives: boolean }> {
  // Of a directory that is no home, `lock` and the rest are somebody else's.
  if (!existsSync(join(home, 'version'))) return { removed: [], lives: false }
  const locks = readdirSync(home).filter((name) => name === 'lock' || name.startsWith('lock.'))
  let lock: Lock
  try {
    lock = await openRealFiles().lock(home)
  } catch (error) {
    if (error instanceof RunnelError && error.code === 'NODE_RUNNING') return { removed: [], lives: true }
    throw error
  }
  try {
    const removed: Removed[] = locks.length === 0 ? [] : [{ kind: 'lock', text: `the lock of ${home}` }]
    for (const path of sockets.map((name) => join(home, name)).filter(existsSync)) {
      rmSync(path, { force: true })
      removed.push({ kind: 'socket', text: `the socket ${path}` })
    }
    return { removed, lives: false }
  } catch (thrown) {
    throw toRunnelError(thrown, `clean ${home}`)
  } finally {
    lock.release()
  }
}
