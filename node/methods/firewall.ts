// The methods about what may come in by packets: rules, and the groups of names that they may be about.

import type { TrafficRule } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { decodeText, encodeText, TextKind } from '../../stack/name/index.js'
import type { Rule, RuleSource } from '../../stack/packet/index.js'
import type { Handlers } from '../api-server/index.js'
import { type Firewall, formatSource, parseSource } from '../firewall/index.js'

export interface FirewallContext {
  readonly crypto: Crypto
  readonly firewall: Firewall
  readonly petnames: (petname: string) => string | undefined
}

export function firewallMethods(
  context: FirewallContext,
): Pick<Handlers, 'rules' | 'setRule' | 'groups' | 'setMember'> {
  const { crypto, firewall } = context
  const text = (name: Uint8Array): string => encodeText(crypto, TextKind.name, name)
  return {
    rules: async (_, call) => {
      const rules = rulesOf(crypto, firewall)
      for (const rule of rules) await call.item(rule)
      return { count: rules.length }
    },
    setRule: async ({ action, protocol, port, from, remove }) => {
      const rule: Rule = { action, protocol, port, from: sourceOf(context, from) }
      if (remove === true) await firewall.remove(rule)
      else await firewall.set(rule)
      return { rule: told(crypto, rule) }
    },
    groups: async (_, call) => {
      let count = 0
      for (const [group, names] of firewall.groups()) {
        for (const name of names) await call.item({ group, name: text(name) })
        count += names.length
      }
      return { count }
    },
    setMember: async ({ group, name, remove }) => {
      const key = nameOf(context, name)
      if (remove === true) await firewall.leave(group, key)
      else await firewall.join(group, key)
      return { group, name: text(key) }
    },
  }
}

/** Those that deny first. */
export function rulesOf(crypto: Crypto, firewall: Firewall): TrafficRule[] {
  return firewall.rules.map((rule) => told(crypto, rule))
}

function told(crypto: Crypto, { action, protocol, port, from }: Rule): TrafficRule {
  return { action, protocol, ...(port === undefined ? {} : { port }), from: formatSource(crypto, from) }
}

function sourceOf(context: FirewallContext, text: string): RuleSource {
  return parseSource(context.crypto, text) ?? nameOf(context, text)
}

function nameOf({ crypto, petnames }: FirewallContext, text: string): Uint8Array {
  const name = petnames(text.replace(/^@/, '')) ?? text
  const key = decodeText(crypto, name)
  if (typeof key !== 'string' && key.kind === TextKind.name) return key.bytes
  if (key === 'bad-checksum') throw new RunnelError('BAD_NAME', `there is a typing error in ${text}`)
  throw new RunnelError('BAD_ARGUMENT', `${text} is nobody`, {
    hint: 'Write a name, a petname (`runnel petname` lists them), group:GROUP, or anybody.',
  })
}
