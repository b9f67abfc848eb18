// What of the settings is about the servers that run beside the node.

import type { Settings } from '../config/settings.js'

export type ShimSettings = Pick<Settings, 'http' | 'http-wide' | 'dns' | 'suffix'>
