// The parameters of each method, checked before a method sees them: unknown keys, wrong types and numbers out of range
// are BAD_ARGUMENT with the path of the first one.

import * as v from 'valibot'
import type { MethodName, Params } from '../../api/protocol/index.js'
import { RunnelError } from '../../errors/index.js'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const text = v.pipe(v.string(), v.maxLength(8192))
const path = v.pipe(text, v.startsWith('/', 'must be an absolute path'))
const visibility = v.picklist(['public', 'unlisted'])
const bytes = v.instance(Uint8Array)
const reading = {
  maxAgeS: v.optional(count),
  refuseStale: v.optional(v.boolean()),
  idleTimeoutMs: v.optional(v.pipe(count, v.minValue(1), v.maxValue(86_400_000))),
}
const range = { from: v.optional(count), to: v.optional(count) }
const key = v.pipe(
  bytes,
  v.check((given) => given.length === 32, 'must be 32 bytes'),
)
const keptSeconds = v.pipe(count, v.minValue(60), v.maxValue(315_360_000))
const fileReference = v.strictObject({ chunk: key, id: key, bytes: count, log: key })
const nothing = v.strictObject({})

const schemas = {
  status: nothing,
  id: nothing,
  peers: nothing,
  streams: nothing,
  doctor: nothing,
  rules: nothing,
  setRule: v.strictObject({
    action: v.picklist(['allow', 'deny']),
    protocol: v.picklist(['tcp', 'udp', 'icmp', 'stream', 'any']),
    port: v.optional(v.pipe(count, v.minValue(1), v.maxValue(65_535))),
    from: text,
    remove: v.optional(v.boolean()),
  }),
  groups: nothing,
  setMember: v.strictObject({ group: text, name: text, remove: v.optional(v.boolean()) }),
  metrics: nothing,
  ping: v.strictObject({
    to: text,
    count: v.optional(v.pipe(count, v.minValue(1), v.maxValue(1_000_000))),
    intervalMs: v.optional(v.pipe(count, v.minValue(100), v.maxValue(3_600_000))),
    timeoutMs: reading.idleTimeoutMs,
  }),
  trace: v.strictObject({ to: text, timeoutMs: reading.idleTimeoutMs }),
  probe: v.strictObject({ link: text, idleTimeoutMs: reading.idleTimeoutMs }),
  wait: v.strictObject({
    for: v.picklist(['ready', 'neighbour', 'head']),
    neighbour: v.optional(text),
    link: v.optional(text),
    timeoutMs: v.optional(v.pipe(count, v.maxValue(86_400_000))),
  }),
  publish: v.strictObject({
    path,
    label: v.optional(text),
    visibility: v.optional(visibility),
    keepS: v.optional(keptSeconds),
  }),
  get: v.strictObject({ link: text, output: path, ...reading }),
  list: v.strictObject({ link: text, ...reading }),
  find: v.strictObject({ link: text, ...reading }),
  read: v.strictObject({ link: text, ...range, file: v.optional(fileReference), ...reading }),
  addresses: v.strictObject({ link: text, ...reading }),
  open: v.strictObject({ link: text, ...reading }),
  entry: v.strictObject({ link: text, sequence: count, log: v.optional(text), ...reading }),
  entries: v.strictObject({
    link: text,
    from: v.optional(v.union([count, v.record(v.pipe(v.string(), v.maxLength(64)), count)])),
    last: v.optional(count),
    to: v.optional(count),
    live: v.optional(v.boolean()),
    ...reading,
  }),
  readEntry: v.strictObject({ link: text, sequence: count, log: v.optional(text), ...range, ...reading }),
  readLog: v.strictObject({ link: text, from: count, to: v.optional(count), ...reading }),
  createStream: v.strictObject({
    label: text,
    visibility: v.optional(visibility),
    keepS: v.optional(keptSeconds),
  }),
  append: v.pipe(
    v.strictObject({
      label: text,
      entries: v.array(bytes),
      visibility: v.optional(visibility),
      keepS: v.optional(keptSeconds),
    }),
    v.check(({ entries, keepS }) => entries.length > 0 || keepS !== undefined, 'there is no entry'),
  ),
  petnames: nothing,
  setPetname: v.strictObject({ petname: text, name: text }),
  pin: v.strictObject({ link: text, sizeBytes: v.optional(count) }),
  unpin: v.strictObject({ link: text }),
  pins: nothing,
  receipts: nothing,
  unpublish: v.strictObject({ label: text }),
  sendToInbox: v.strictObject({
    to: text,
    body: bytes,
    subject: v.optional(text),
    attachments: v.optional(v.pipe(v.array(v.strictObject({ path })), v.maxLength(16))),
    timeoutMs: v.optional(v.pipe(count, v.minValue(1), v.maxValue(86_400_000))),
  }),
  inbox: v.strictObject({ follow: v.optional(v.boolean()) }),
  acknowledgeLetter: v.strictObject({ id: text }),
  allowSender: v.strictObject({ name: text }),
  blockSender: v.strictObject({ name: text }),
  dial: v.strictObject({
    to: text,
    service: text,
    timeoutMs: v.optional(v.pipe(count, v.minValue(1), v.maxValue(86_400_000))),
  }),
  listen: v.strictObject({ service: text, from: v.optional(v.pipe(v.array(text), v.maxLength(1_024))) }),
  accept: v.strictObject({ conversation: count }),
  stop: nothing,
} satisfies { [M in MethodName]: v.GenericSchema<Params<M>> | v.GenericSchema<unknown> }

/** The parameters as the method's own type. Throws BAD_ARGUMENT. */
export function checkParams(method: MethodName, params: Record<string, unknown>): Params<MethodName> {
  const result = v.safeParse(schemas[method] as v.GenericSchema<unknown>, params)
  if (result.success) return result.output as Params<MethodName>
  const [issue] = result.issues
  const at = v.getDotPath(issue) ?? 'the parameters'
  throw new RunnelError('BAD_ARGUMENT', `${method}: ${at}: ${issue.message}`)
}

/** The parameters that a method takes, for its documentation. */
export function paramNames(method: MethodName): { readonly name: string; readonly optional: boolean }[] {
  return Object.entries(schemas[method].entries).map(([name, schema]) => ({
    name,
    optional: schema.type === 'optional',
  }))
}
