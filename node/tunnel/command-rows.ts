// Commands as rows of bytes, many in one buffer: a row is its kind, then its fields in a fixed order, numbers big-endian.
// `native/tunnel` (`rows.rs`) reads them; the two sides share a sample of each kind.

import { Writer } from '../../stack/bytes/index.js'
import type { DatapathCommand, Verdict } from '../../stack/packet/index.js'
import type { InterfaceOptions, Prefix } from '../datapath.js'
import { maxCommandBytes, maxMtuBytes, maxNameBytes, maxProbeBytes, minMtuBytes } from './limits.js'
import { addressBytes, cookieBytes, keyBytes, putFixed, putFlowKey, putUdpAddress } from './row-fields.js'

/** The rows of commands, in their order, as one buffer or more. Throws RangeError for a field that does not fit. */
export function* encodeCommands(commands: readonly DatapathCommand[]): Generator<Uint8Array> {
  const writer = new Writer(1024)
  for (const command of commands) {
    writeCommand(writer, command)
    if (writer.length < maxCommandBytes) continue
    yield writer.bytes()
    writer.reset()
  }
  if (writer.length > 0) yield writer.bytes()
}

/**
 * name lp8 | address 16 | mtu u16 | more addresses: u8, 16 each | routes: u8, (16 | bits u8) each | local routes: the same |
 * answered ports: u8, u16 each
 */
export function encodeInterface(options: InterfaceOptions): Uint8Array {
  const { name, address, mtuBytes, localAddresses, routes, localRoutes, answeredPorts } = options
  if (mtuBytes < minMtuBytes || mtuBytes > maxMtuBytes) throw new RangeError(`a largest packet of ${mtuBytes} bytes`)
  const writer = new Writer().lp8(new TextEncoder().encode(name), maxNameBytes)
  putFixed(writer, address, addressBytes).u16(mtuBytes).u8(localAddresses.length)
  for (const local of localAddresses) putFixed(writer, local, addressBytes)
  putPrefixes(writer, routes)
  putPrefixes(writer, localRoutes)
  writer.u8(answeredPorts.length)
  for (const port of answeredPorts) writer.u16(port)
  return writer.bytes()
}

function putPrefixes(writer: Writer, prefixes: readonly Prefix[]): void {
  writer.u8(prefixes.length)
  for (const { address, bits } of prefixes) putFixed(writer, address, addressBytes).u8(bits)
}

function writeCommand(writer: Writer, command: DatapathCommand): Writer {
  switch (command.type) {
    case 'set-peer':
      return putFixed(writer.u8(0).u32(command.peer), command.address, addressBytes)
    case 'remove-peer':
      return writer.u8(1).u32(command.peer)
    case 'add-keys': {
      const { index, peer, opening, sealing } = command
      return putFixed(putFixed(writer.u8(2).u32(index).u32(peer), opening, keyBytes), sealing, keyBytes)
    }
    case 'remove-keys':
      return writer.u8(3).u32(command.index)
    case 'use-path': {
      const { index, to, remote, datagramBytes } = command
      return putUdpAddress(writer.u8(4).u32(index), to).u32(remote).u16(datagramBytes)
    }
    case 'probe': {
      const { index, to, remote, content, datagramBytes } = command
      return putUdpAddress(writer.u8(5).u32(index), to).u32(remote).lp8(content, maxProbeBytes).u16(datagramBytes)
    }
    case 'set-label': {
      const { label, from, to, next } = command
      return putUdpAddress(putUdpAddress(writer.u8(6).u32(label), from), to).u32(next)
    }
    case 'remove-label':
      return writer.u8(7).u32(command.label)
    case 'set-flow':
      return putVerdict(putFlowKey(writer.u8(8), command.key), command.verdict)
    case 'remove-flow':
      return putFlowKey(writer.u8(9), command.key)
    case 'send-cookie':
      return putFixed(putUdpAddress(writer.u8(10), command.to), command.cookie, cookieBytes)
    case 'expect-cookie':
      return putFixed(writer.u8(11), command.cookie, cookieBytes)
    case 'forget-cookie':
      return putFixed(writer.u8(12), command.cookie, cookieBytes)
    case 'report':
      return writer.u8(13).u32(command.peer)
    case 'report-label':
      return writer.u8(14).u32(command.label)
  }
}

/** kind u8 | value u32: 0 and a peer, 1 and nothing, 2 and a code of ICMPv6 */
function putVerdict(writer: Writer, verdict: Verdict): Writer {
  if (verdict.type === 'pass') return writer.u8(0).u32(verdict.peer)
  if (verdict.unreachable === undefined) return writer.u8(1).u32(0)
  if (verdict.unreachable > 0xff) throw new RangeError(`${verdict.unreachable} is no code of ICMPv6`)
  return writer.u8(2).u32(verdict.unreachable)
}
