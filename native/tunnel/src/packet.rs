//! Reads an IPv6 packet (RFC 8200) up to its transport header. Total: any bytes give a packet or a reason, and every offset
//! of a packet lies inside its bytes.

use crate::reason::Reason;
use std::net::Ipv6Addr;

/// Bytes of the fixed header.
pub const HEADER_BYTES: usize = 40;
/// Extension headers that are walked: more than any program sends.
const EXTENSIONS: usize = 8;

/// Protocol numbers (IANA).
pub mod protocol {
    /// Options for each hop.
    pub const HOP_BY_HOP: u8 = 0;
    /// TCP.
    pub const TCP: u8 = 6;
    /// UDP.
    pub const UDP: u8 = 17;
    /// Where a packet wants to be sent.
    pub const ROUTING: u8 = 43;
    /// A part of a packet.
    pub const FRAGMENT: u8 = 44;
    /// IPsec's authentication header.
    pub const AUTHENTICATION: u8 = 51;
    /// ICMPv6.
    pub const ICMP: u8 = 58;
    /// Options for the destination.
    pub const DESTINATION: u8 = 60;
    /// DCCP, SCTP and UDP-Lite have their ports where TCP has them.
    pub const WITH_PORTS: [u8; 5] = [TCP, UDP, 33, 132, 136];
}

/// Which part of a packet a fragment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The same for all parts of a packet.
    pub id: u32,
    /// Where it belongs, in bytes.
    pub offset: usize,
    /// Bytes that it brings.
    pub length: usize,
    /// Whether others follow.
    pub more: bool,
}

/// What the headers of a packet say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Bytes of the packet: what comes after them in the buffer is not its.
    pub length: usize,
    /// Who says to have sent it.
    pub source: Ipv6Addr,
    /// To whom.
    pub destination: Ipv6Addr,
    /// The protocol behind the extension headers.
    pub protocol: u8,
    /// Where that protocol's header begins; at most `length`.
    pub transport: usize,
    /// Which part it is, when it is no whole packet.
    pub part: Option<Part>,
}

/// Reads the headers of a packet that begins with the first byte.
pub fn read_packet(bytes: &[u8]) -> Result<Packet, Reason> {
    let header = bytes.first_chunk::<HEADER_BYTES>().ok_or(Reason::Truncated)?;
    if header[0] >> 4 != 6 {
        return Err(Reason::NotIpv6);
    }
    let length = HEADER_BYTES + usize::from(read_u16(header, 4));
    let bytes = bytes.get(..length).ok_or(Reason::Truncated)?;
    if header[7] == 0 {
        return Err(Reason::HopLimit);
    }
    let (source, destination) = (read_address(header, 8), read_address(header, 24));
    let mut packet = Packet { length, source, destination, protocol: header[6], transport: HEADER_BYTES, part: None };
    for walked in 0..=EXTENSIONS {
        let rest = &bytes[packet.transport..];
        let extension_bytes = match packet.protocol {
            protocol::HOP_BY_HOP if walked > 0 => return Err(Reason::ExtensionHeaders),
            protocol::HOP_BY_HOP | protocol::DESTINATION => {
                8 * (1 + usize::from(*rest.get(1).ok_or(Reason::Truncated)?))
            }
            protocol::AUTHENTICATION => 4 * (2 + usize::from(*rest.get(1).ok_or(Reason::Truncated)?)),
            protocol::ROUTING => return Err(Reason::RoutingHeader),
            protocol::FRAGMENT => {
                let fragment = rest.first_chunk::<8>().ok_or(Reason::Truncated)?;
                // One part of one packet: a second fragment header has no meaning.
                if packet.part.is_some() {
                    return Err(Reason::ExtensionHeaders);
                }
                let [place, id] = [u32::from(read_u16(fragment, 2)), read_u32(fragment, 4)];
                let part = Part { id, offset: (place & !7) as usize, length: rest.len() - 8, more: place & 1 == 1 };
                if part.length == 0 || part.more && !part.length.is_multiple_of(8) {
                    return Err(Reason::Fragment);
                }
                packet.part = Some(part);
                if part.offset > 0 {
                    packet.protocol = fragment[0];
                    packet.transport += 8;
                    return Ok(packet);
                }
                8
            }
            _ => return Ok(packet),
        };
        packet.protocol = *rest.first().ok_or(Reason::Truncated)?;
        packet.transport += extension_bytes;
        if packet.transport > length {
            return Err(Reason::Truncated);
        }
    }
    Err(Reason::ExtensionHeaders)
}

/// The mark of congestion.
pub const CONGESTED: u8 = 3;

/// The two bits of explicit congestion notification of a packet that has been read.
pub fn congestion_of(bytes: &[u8]) -> u8 {
    bytes.get(1).map_or(0, |byte| byte >> 4 & 3)
}

/// Writes those two bits.
pub fn set_congestion(bytes: &mut [u8], bits: u8) {
    if let Some(byte) = bytes.get_mut(1) {
        *byte = *byte & 0xcf | (bits & 3) << 4;
    }
}

/// Carries a mark of congestion from the outer packet to the inner one (RFC 6040 section 4.2).
pub fn mix_congestion(packet: &mut [u8], outer: u8) -> Result<(), Reason> {
    match (congestion_of(packet), outer) {
        (0, 3) => Err(Reason::Congestion),
        (1 | 2, 3) => {
            set_congestion(packet, CONGESTED);
            Ok(())
        }
        (2, 1) => {
            set_congestion(packet, 1);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A big-endian number at an offset that is known to be inside.
pub fn read_u16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// A big-endian number at an offset that is known to be inside.
pub fn read_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Writes a big-endian number at an offset that is known to be inside.
pub fn write_u16(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

/// Writes a big-endian number at an offset that is known to be inside.
pub fn write_u32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
}

fn read_address(bytes: &[u8], at: usize) -> Ipv6Addr {
    Ipv6Addr::from(*bytes[at..].first_chunk::<16>().expect("inside of the fixed header"))
}
