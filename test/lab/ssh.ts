// A server of logins on a host, as a distribution ships it, and what logs in to it from anywhere: with keys of its own.

import { type ChildProcess, execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Host } from './lab.js'

const execute = promisify(execFile)
const port = 2222

/** A server of logins changes its groups, which nobody may in a user namespace that an ordinary user has made. */
export const canLogIn = !readFileSync('/proc/self/setgroups', 'latin1').startsWith('deny')

export class Logins {
  readonly #server: ChildProcess
  readonly #folder: string

  private constructor(server: ChildProcess, folder: string) {
    this.#server = server
    this.#folder = folder
  }

  /** Serves on an address of the host from soon on; `folder` is made, for keys and settings. */
  static async open(host: Host, address: string, folder: string): Promise<Logins> {
    mkdirSync(folder)
    for (const key of ['host', 'user'])
      await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)])
    // Where the server keeps those apart that it does not know yet.
    mkdirSync('/run/sshd', { recursive: true })
    const settings = { Port: port, ListenAddress: `[${address}]`, HostKey: join(folder, 'host'), PidFile: 'none' }
    const access = { AuthorizedKeysFile: join(folder, 'user.pub'), StrictModes: 'no', UsePAM: 'no', LogLevel: 'ERROR' }
    const lines = Object.entries({ ...settings, ...access }).map(([key, value]) => `${key} ${value}\n`)
    writeFileSync(join(folder, 'config'), lines.join(''))
    const args = ['-D', '-e', '-f', join(folder, 'config')]
    return new Logins(host.spawn('/usr/sbin/sshd', args, { stdio: 'inherit' }), folder)
  }

  /** The program and its arguments that run a command there, at this name or address. */
  line(to: string, command: string): [string, ...string[]] {
    const known = `UserKnownHostsFile=${join(this.#folder, 'known')}`
    const options = [
      'BatchMode=yes',
      'StrictHostKeyChecking=accept-new',
      'ConnectionAttempts=10',
      'LogLevel=ERROR',
      known,
    ]
    const all = ['-F', '/dev/null', '-i', join(this.#folder, 'user'), '-p', String(port)]
    return ['ssh', ...all, ...options.flatMap((one) => ['-o', one]), to, command]
  }

  /** Ends it, with the sessions that would not hear any more that their other side is gone. */
  close(): void {
    const { pid = 0 } = this.#server
    try {
      const sessions = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ')
      for (const session of sessions) if (session !== '') process.kill(Number(session), 'SIGKILL')
    } catch {
      // It, or one of them, has ended just now.
    }
    this.#server.kill('SIGKILL')
  }
}
