// `ip`, and network namespaces whose names have the process in them that made them.

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Runs it to its end and gives its output. Throws with what it said when it fails. */
export function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

export function removeNamespace(namespace: string): void {
  try {
    ip('netns', 'del', namespace)
  } catch {
    // It was not made, or is gone.
  }
}

/** Removes `PREFIX` + pid + `x…` of processes that were killed before they could. */
export function removeAbandoned(prefix: string): void {
  const ours = new RegExp(`^(${prefix}(\\d+)x\\d+-\\S+)`)
  for (const line of ip('netns', 'list').split('\n')) {
    const [, namespace, pid] = ours.exec(line) ?? []
    if (namespace !== undefined && !existsSync(`/proc/${pid}`)) removeNamespace(namespace)
  }
}
