//! The Internet checksum (RFC 1071) over the pseudo-header of IPv6 (RFC 8200 section 8.1).

/// Sum of 16-bit words, not folded. An odd last byte counts as the high one of its word.
fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(4);
    let rest = words.remainder();
    let mut total: u64 = 0;
    for word in words {
        total += u64::from(u32::from_be_bytes([word[0], word[1], word[2], word[3]]));
    }
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    total + u64::from(u32::from_be_bytes(last))
}

fn fold(mut total: u64) -> u16 {
    while total >> 16 != 0 {
        total = (total & 0xffff) + (total >> 16);
    }
    total as u16
}

/// Sum of the pseudo-header of a packet whose transport part has `length` bytes, folded and not inverted: what a
/// checksum field holds while the rest is left to whoever fills it in.
pub fn pseudo_header(packet: &[u8], protocol: u8, length: usize) -> u16 {
    fold(sum(&packet[8..40]) + length as u64 + u64::from(protocol))
}

/// The checksum of a transport part, whose own checksum field is zero.
pub fn checksum(packet: &[u8], protocol: u8, transport: &[u8]) -> u16 {
    match !fold(u64::from(pseudo_header(packet, protocol, transport.len())) + sum(transport)) {
        // Zero means that there is none (RFC 768).
        0 if protocol == crate::packet::protocol::UDP => 0xffff,
        value => value,
    }
}

/// The sum over a transport part and its pseudo-header: all ones where its checksum is right, and the inverse of its checksum
/// where that field is zero.
pub fn total(from: std::net::Ipv6Addr, to: std::net::Ipv6Addr, protocol: u8, transport: &[u8]) -> u16 {
    let addresses = sum(&from.octets()) + sum(&to.octets());
    fold(addresses + transport.len() as u64 + u64::from(protocol) + sum(transport))
}
