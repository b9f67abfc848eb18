// The datapath of this machine: that of the native addon, where there is one that fits.

import { RunnelError } from '../../errors/index.js'
import { describePlatform, findAddon } from '../addon.js'
import type { Datapath, DatapathOptions } from '../datapath.js'
import { isTunnelAddon } from './addon.js'
import { nativeDatapaths } from './native-datapath.js'

/** Throws NO_TUN where there is no addon, or no interface to be had; IO where there are no sockets. */
export function openSystemDatapath(options: DatapathOptions, find = findAddon): Datapath {
  const { addon, file, failures } = find()
  if (isTunnelAddon(addon)) return nativeDatapaths(addon)(options)
  const tried = failures.map(({ file, reason }) => `${file}: ${reason}`)
  if (file !== undefined) tried.push(`${file}: carries no packets, or is of another version of runnel`)
  throw new RunnelError(
    'NO_TUN',
    `there is no native addon that carries packets (${describePlatform()}; ${tried.join('; ')})`,
    {
      hint: 'Build it with `npm run build` where there is a cargo. It is for Linux alone; elsewhere, start with --no-tun.',
    },
  )
}
