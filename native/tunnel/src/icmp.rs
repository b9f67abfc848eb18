//! ICMPv6 errors (RFC 4443) for programs of this machine, about packets that go no further.

use crate::checksum::checksum;
use crate::packet::{HEADER_BYTES, Packet, protocol, write_u16, write_u32};

/// What a program is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Destination unreachable, with its code (section 3.1).
    Unreachable(u8),
    /// Packet too big, with what would pass (section 3.2).
    TooBig(u32),
}

/// An error holds at most so much in all (section 2.4 c).
const LARGEST: usize = 1280;

/// Writes the error about a packet into `out`, as if its destination had sent it. Nothing when errors are not told about
/// such a packet (section 2.4 e): an error, or one to or from a group.
pub fn write_answer(answer: Answer, packet: &Packet, bytes: &[u8], out: &mut Vec<u8>) -> bool {
    let is_error = packet.protocol == protocol::ICMP && bytes.get(packet.transport).is_some_and(|kind| *kind < 128);
    let later_part = packet.part.is_some_and(|part| part.offset > 0);
    if is_error || later_part || packet.destination.is_multicast() || packet.source.is_multicast() {
        return false;
    }
    let cause = &bytes[..packet.length.min(LARGEST - HEADER_BYTES - 8)];
    let (kind, code, value) = match answer {
        Answer::Unreachable(code) => (1, code, 0),
        Answer::TooBig(bytes) => (2, 0, bytes),
    };
    out.clear();
    out.extend_from_slice(&[0x60, 0, 0, 0]);
    out.extend_from_slice(&((cause.len() + 8) as u16).to_be_bytes());
    out.extend_from_slice(&[protocol::ICMP, 64]);
    out.extend_from_slice(&packet.destination.octets());
    out.extend_from_slice(&packet.source.octets());
    out.extend_from_slice(&[kind, code, 0, 0, 0, 0, 0, 0]);
    write_u32(out, HEADER_BYTES + 4, value);
    out.extend_from_slice(cause);
    let sum = checksum(out, protocol::ICMP, &out[HEADER_BYTES..]);
    write_u16(out, HEADER_BYTES + 2, sum);
    true
}
