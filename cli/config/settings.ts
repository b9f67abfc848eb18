// Every setting: its key in HOME/config.toml, its flag and its variable. Programs that start nodes depend on these names.

import {
  days,
  domain,
  type Kind,
  list,
  oneOf,
  optional,
  ownPlaces,
  packetBytes,
  places,
  routeCount,
  seconds,
  size,
  text,
  tunnelInterface,
  yesOrNo,
} from './kinds.js'

export interface Setting<T> {
  readonly kind: Kind<T>
  readonly default: T
  /** As commander reads it; a switch has also the opposite, `--no-…` or without it. */
  readonly flags: string
  readonly variable: string
  readonly text: string
}

function setting<T>(kind: Kind<T>, flags: string, variable: string, preset: NoInfer<T>, text: string): Setting<T> {
  return { kind, default: preset, flags, variable, text }
}

export const settings = {
  listen: setting(list, '--listen <addr:port>', 'RUNNEL_LISTEN', [], 'accept links here; may be repeated'),
  upstream: setting(list, '--upstream <key@addr:port>', 'RUNNEL_UPSTREAM', [], 'connect to this node; may be repeated'),
  root: setting(yesOrNo, '--root', 'RUNNEL_ROOT', false, 'this node is a root, the top of what its neighbours reach'),
  routes: setting(
    routeCount,
    '--routes <count>',
    'RUNNEL_ROUTES',
    131_072,
    'how many ways to names, logs and devices are remembered, 0.9 kB of memory each; a root needs two or three for each node below it',
  ),
  cache: setting(size, '--cache <size>', 'RUNNEL_CACHE', 10 * 1024 ** 3, 'disk that the cache may take, such as 512M'),
  admit: setting(
    optional(list),
    '--admit <key...>',
    'RUNNEL_ADMIT',
    undefined,
    'accept links from these devices only; without it from anyone, with the quotas of a stranger',
  ),
  inboxes: setting(size, '--inboxes <size>', 'RUNNEL_INBOXES', 0, 'disk that inboxes of others may take; 0 keeps none'),
  'inbox-at': setting(
    list,
    '--inbox-at <key>',
    'RUNNEL_INBOX_AT',
    [],
    'a device that is asked to keep our inbox, besides the upstreams; may be repeated',
  ),
  custody: setting(
    size,
    '--custody <size>',
    'RUNNEL_CUSTODY',
    0,
    'disk that may be promised to others; 0: keep nothing for them',
  ),
  'custody-client': setting(
    optional(size),
    '--custody-client <size>',
    'RUNNEL_CUSTODY_CLIENT',
    undefined,
    'how much of it for one name or device; all of it without this',
  ),
  'custody-days': setting(
    days,
    '--custody-days <days>',
    'RUNNEL_CUSTODY_DAYS',
    90,
    'the longest promise, in days; clients renew',
  ),
  'custody-from': setting(
    optional(list),
    '--custody-from <key...>',
    'RUNNEL_CUSTODY_FROM',
    undefined,
    'keep for these names and devices only; without it for anyone',
  ),
  deny: setting(
    optional(text),
    '--deny <file>',
    'RUNNEL_DENY',
    undefined,
    'never keep for others what this file lists: a name, log key or chunk a line, and the reason that is told',
  ),
  custodian: setting(
    list,
    '--custodian <key>',
    'RUNNEL_CUSTODIAN',
    [],
    'ask this device or name to keep what is published with --keep, before the upstreams; may be repeated',
  ),
  http: setting(
    places,
    '--http <addr:port|off>',
    'RUNNEL_HTTP',
    ['127.0.0.1:7280', '[::1]:7280'],
    'serve what is published to browsers here, as http://NAME.key.localhost:7280/; may be repeated; off: nowhere',
  ),
  dns: setting(
    ownPlaces,
    '--dns <addr:port|off>',
    'RUNNEL_DNS',
    [],
    'answer DNS for names below the suffix here, to this machine alone; off (the default): nowhere',
  ),
  suffix: setting(
    domain,
    '--suffix <domain>',
    'RUNNEL_SUFFIX',
    'key',
    'what stands behind a name in addresses: NAME.key by DNS, NAME.key.localhost by HTTP',
  ),
  'http-wide': setting(
    list,
    '--http-wide <[label.]name>',
    'RUNNEL_HTTP_WIDE',
    [],
    'pages of this site may load from elsewhere, by https; may be repeated',
  ),
  tun: setting(
    tunnelInterface,
    '--tun <name|labels|off>',
    'RUNNEL_TUN',
    'tun%d',
    'the network interface for packets (%d: the first free number); labels: none, only send on packets of others; off: no packets',
  ),
  'tun-mtu': setting(
    packetBytes,
    '--tun-mtu <bytes>',
    'RUNNEL_TUN_MTU',
    1_419,
    'the largest packet that programs send; what passes over Ethernet in one datagram unless said otherwise',
  ),
  crypto: setting(
    oneOf(['auto', 'native', 'portable']),
    '--crypto <provider>',
    'RUNNEL_CRYPTO',
    'auto',
    'what computes the cryptography: native, portable, or auto: native where it can be had',
  ),
  'phrases-file': setting(
    optional(text),
    '--phrases-file <file>',
    'RUNNEL_PHRASES_FILE',
    undefined,
    'where the first start writes the recovery phrases',
  ),
  'log-level': setting(
    oneOf(['debug', 'info', 'warn', 'error', 'silent']),
    '--log-level <level>',
    'RUNNEL_LOG',
    'info',
    'what to log: debug, info, warn, error or silent',
  ),
  'max-age': setting(
    optional(seconds),
    '--max-age <time>',
    'RUNNEL_MAX_AGE',
    undefined,
    'the oldest state to accept without asking the writer again; 1s by default',
  ),
  stale: setting(yesOrNo, '--no-stale', 'RUNNEL_STALE', true, 'fail rather than read an older state than --max-age'),
  timeout: setting(
    optional(seconds),
    '--timeout <time>',
    'RUNNEL_TIMEOUT',
    undefined,
    'give up after so long without any progress; 30s by default',
  ),
  progress: setting(
    oneOf(['auto', 'plain', 'json', 'none']),
    '--progress <how>',
    'RUNNEL_PROGRESS',
    'auto',
    'auto (bars on a terminal), plain, json or none; on standard error',
  ),
}

export type SettingName = keyof typeof settings
export type Settings = { readonly [K in SettingName]: (typeof settings)[K]['default'] }

export const settingNames = Object.keys(settings) as SettingName[]
