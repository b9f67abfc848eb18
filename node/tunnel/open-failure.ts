// Why there is no interface, as an error that says what to do: by the step that failed and the number that the system gave.

import { RunnelError } from '../../errors/index.js'

/** Numbers of errors on Linux; `os.constants.errno` has those of the machine that this runs on. */
const { EPERM, ENOENT, EACCES, EBUSY, ENODEV, EINVAL, EOPNOTSUPP } = {
  EPERM: 1,
  ENOENT: 2,
  EACCES: 13,
  EBUSY: 16,
  ENODEV: 19,
  EINVAL: 22,
  EOPNOTSUPP: 95,
} as const

/** What `openTunnel` throws (`STEP ERRNO TEXT`), as NO_TUN, or IO where it is not about the interface. */
export function openFailure(error: unknown): RunnelError {
  const message = error instanceof Error ? error.message : String(error)
  const [, step = '', number = '', text = ''] = /^(\w+) (\d+) (.*)$/s.exec(message) ?? []
  if (step === 'listen')
    return new RunnelError('IO', `no port of the interface can be listened on: ${text}`, { cause: error })
  if (step === 'raw') {
    return new RunnelError('IO', `protocol 253 is not heard on the interface: ${text}`, {
      cause: error,
      hint: 'Everything else works. Run as root, or give the node the capability CAP_NET_RAW beside CAP_NET_ADMIN.',
    })
  }
  if (step === 'socket') return new RunnelError('IO', `no UDP port can be had: ${text}`, { cause: error })
  const advice = adviceOf(step, Number(number))
  if (advice === undefined) return new RunnelError('NO_TUN', message, { cause: error })
  return new RunnelError('NO_TUN', `${advice.title} (${text})`, { cause: error, hint: advice.hint })
}

interface Advice {
  readonly title: string
  readonly hint: string
}

const right =
  'Run as root, or give the node the capability CAP_NET_ADMIN, for example by AmbientCapabilities= of its systemd unit.'

function adviceOf(step: string, errno: number): Advice | undefined {
  if (step === 'interface') {
    if (errno === EPERM) return { title: 'this user may not make a network interface', hint: right }
    if (errno === EACCES) {
      return {
        title: '/dev/net/tun may not be opened',
        hint: `Make it readable and writable for everybody, as it usually is (mode 0666). ${right}`,
      }
    }
    if (errno === ENOENT || errno === ENODEV) {
      return {
        title: 'this machine has no /dev/net/tun',
        hint: 'Load the kernel module with `modprobe tun`; for a container, let it have the device.',
      }
    }
    if (errno === EBUSY) {
      return {
        title: 'the name of the interface is taken by another program',
        hint: 'Choose another one with `runnel up --tun NAME`.',
      }
    }
    if (errno === EINVAL) {
      return {
        title: 'this is no name of an interface',
        hint: 'Choose one of at most 15 letters and digits with `runnel up --tun NAME`.',
      }
    }
  }
  if (errno === EPERM) return { title: `this user may not set the ${step} of an interface`, hint: right }
  if (errno === EACCES || errno === EOPNOTSUPP) {
    return {
      title: 'IPv6 is switched off on this machine',
      hint: 'Switch it on with `sysctl net.ipv6.conf.all.disable_ipv6=0` and start the node again.',
    }
  }
  return undefined
}
