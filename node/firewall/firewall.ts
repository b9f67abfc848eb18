// The rules of this node about what may come in by packets, and who belongs to which group. On disk before a change is
// acknowledged; whoever decides about packets is told of each.

import { RunnelError } from '../../errors/index.js'
import { equal, KeyMap } from '../../stack/bytes/index.js'
import type { Crypto } from '../../stack/crypto/index.js'
import { decodeText, encodeText, TextKind } from '../../stack/name/index.js'
import { isRule, type Rule } from '../../stack/packet/index.js'
import type { Store } from '../store/index.js'
import { maxMembers, maxRules } from './limits.js'
import { formatTraffic, isGroup, parseTraffic, type Traffic } from './rule-text.js'

const rulePrefix = 'rule/'
const groupPrefix = 'group/'
const codes = { allow: 1, deny: 2 } as const

export class Firewall {
  readonly #crypto: Crypto
  readonly #store: Pick<Store, 'setValue' | 'values'>
  readonly #rules = new Map<string, Rule>()
  readonly #groups: KeyMap<string[]>
  readonly #listeners: (() => void)[] = []
  #members = 0

  /** Reads what is on disk; what is none of ours is left there and means nothing. `seed`: 8 random bytes. */
  constructor(crypto: Crypto, store: Pick<Store, 'setValue' | 'values'>, seed: Uint8Array) {
    this.#crypto = crypto
    this.#groups = new KeyMap(seed, maxMembers)
    this.#store = store
    for (const { key, bytes } of store.values(rulePrefix)) {
      const text = key.slice(rulePrefix.length)
      const traffic = parseTraffic(crypto, text)
      const action = actionOf(bytes)
      if (traffic !== undefined && action !== undefined) this.#rules.set(text, { action, ...traffic })
    }
    for (const { key } of store.values(groupPrefix)) {
      const [group = '', member = ''] = key.slice(groupPrefix.length).split('/')
      const name = decodeText(crypto, member)
      if (this.#members >= maxMembers || !isGroup(group) || typeof name === 'string') continue
      if (name.kind === TextKind.name) this.#join(group, name.bytes)
    }
  }

  /** All rules, those that deny first. */
  get rules(): readonly Rule[] {
    const all = [...this.#rules.values()]
    return [...all.filter(({ action }) => action === 'deny'), ...all.filter(({ action }) => action === 'allow')]
  }

  /** The groups that a name belongs to. */
  groupsOf(name: Uint8Array | undefined): readonly string[] {
    return (name && this.#groups.get(name)) ?? []
  }

  /** The names of each group. */
  groups(): Map<string, Uint8Array[]> {
    const found = new Map<string, Uint8Array[]>()
    for (const [name, groups] of this.#groups) {
      for (const group of groups) found.set(group, [...(found.get(group) ?? []), name])
    }
    return found
  }

  /** Calls after each change. */
  watch(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Resolves when it is on disk; of two rules about the same the newer one counts. Throws BAD_ARGUMENT, TOO_MANY. */
  async set(rule: Rule): Promise<void> {
    if (!isRule(rule)) throw new RunnelError('BAD_ARGUMENT', 'a port is 1 to 65535, and icmp and stream have none')
    if (rule.from !== 'anybody' && !(rule.from instanceof Uint8Array)) requireGroup(rule.from.group)
    const text = formatTraffic(this.#crypto, rule)
    if (!this.#rules.has(text) && this.#rules.size >= maxRules) throw limit(`${maxRules} rules`)
    await this.#store.setValue(rulePrefix + text, Uint8Array.of(codes[rule.action]))
    this.#rules.set(text, rule)
    this.#tell()
  }

  /** Resolves when it is gone from disk. Throws NOT_FOUND. */
  async remove(traffic: Traffic): Promise<void> {
    const text = formatTraffic(this.#crypto, traffic)
    if (!this.#rules.has(text)) {
      throw new RunnelError('NOT_FOUND', `there is no rule about ${text}`, {
        hint: '`runnel allow` lists the rules that there are.',
      })
    }
    await this.#store.setValue(rulePrefix + text, new Uint8Array(0))
    this.#rules.delete(text)
    this.#tell()
  }

  /** Resolves when it is on disk. Throws BAD_ARGUMENT, TOO_MANY. */
  async join(group: string, name: Uint8Array): Promise<void> {
    requireGroup(group)
    if (this.groupsOf(name).includes(group)) return
    if (this.#members >= maxMembers) throw limit(`${maxMembers} names in groups`)
    await this.#store.setValue(this.#memberKey(group, name), Uint8Array.of(1))
    this.#join(group, name)
    this.#tell()
  }

  /** Resolves when it is gone from disk. Throws NOT_FOUND. */
  async leave(group: string, name: Uint8Array): Promise<void> {
    const groups = this.groupsOf(name)
    if (!groups.includes(group)) {
      throw new RunnelError('NOT_FOUND', `this name is not in the group ${group}`, {
        hint: '`runnel group` lists who is in which.',
      })
    }
    await this.#store.setValue(this.#memberKey(group, name), new Uint8Array(0))
    const left = groups.filter((other) => other !== group)
    if (left.length === 0) this.#groups.delete(name)
    else this.#groups.set(name, left)
    this.#members -= 1
    this.#tell()
  }

  #join(group: string, name: Uint8Array): void {
    this.#groups.set(name, [...this.groupsOf(name), group])
    this.#members += 1
  }

  #memberKey(group: string, name: Uint8Array): string {
    return `${groupPrefix}${group}/${encodeText(this.#crypto, TextKind.name, name)}`
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

function actionOf(bytes: Uint8Array): Rule['action'] | undefined {
  if (equal(bytes, Uint8Array.of(codes.allow))) return 'allow'
  return equal(bytes, Uint8Array.of(codes.deny)) ? 'deny' : undefined
}

function requireGroup(group: string): void {
  if (!isGroup(group)) {
    throw new RunnelError(
      'BAD_ARGUMENT',
      'a group is 1 to 32 characters of a-z, 0-9, "_" and "-", the first none of these two',
    )
  }
}

function limit(what: string): RunnelError {
  return new RunnelError('TOO_MANY', `there are ${what} already`)
}
