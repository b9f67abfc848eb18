//! The header before each packet of the interface (virtio 1.2 section 5.1.6): which checksum is still to be filled in, and
//! how a super-packet is to be cut.
//!
//! ```text
//! flags u8 | kind u8 | header bytes u16 | segment bytes u16 | checksum start u16 | checksum offset u16     (native order)
//! ```

/// Bytes of the header.
pub const VIRTIO_BYTES: usize = 10;
/// The flag of a checksum that covers only the pseudo-header yet.
pub const NEEDS_CHECKSUM: u8 = 1;
/// A packet of its own.
pub const KIND_NONE: u8 = 0;
/// TCP over IPv6, to be cut.
pub const KIND_TCP: u8 = 4;
/// UDP over either, to be cut.
pub const KIND_UDP: u8 = 5;
/// Set in the kind when the first segment alone carries the mark of congestion.
pub const KIND_ECN: u8 = 0x80;

/// What `TUNSETOFFLOAD` takes.
pub mod offload {
    /// Checksums may be left to us, and super-packets of TCP handed over, over IPv4 and IPv6, with marks of congestion.
    pub const TCP: u32 = 0x01 | 0x02 | 0x04 | 0x08;
    /// Super-packets of UDP as well (Linux 6.2).
    pub const UDP: u32 = 0x20 | 0x40;
}

/// The header, read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Virtio {
    /// [`NEEDS_CHECKSUM`] or nothing; other bits say what is already known.
    pub flags: u8,
    /// How to cut.
    pub kind: u8,
    /// Bytes of all headers: a hint.
    pub header_bytes: u16,
    /// Bytes of payload in each segment but the last.
    pub segment_bytes: u16,
    /// Where the checksum begins to count.
    pub checksum_start: u16,
    /// Where it belongs, counted from there.
    pub checksum_offset: u16,
}

impl Virtio {
    /// Reads it.
    pub fn read(bytes: &[u8; VIRTIO_BYTES]) -> Self {
        let number = |at: usize| u16::from_ne_bytes([bytes[at], bytes[at + 1]]);
        Self {
            flags: bytes[0],
            kind: bytes[1],
            header_bytes: number(2),
            segment_bytes: number(4),
            checksum_start: number(6),
            checksum_offset: number(8),
        }
    }

    /// Writes it.
    pub fn write(&self) -> [u8; VIRTIO_BYTES] {
        let [a, b] = self.header_bytes.to_ne_bytes();
        let [c, d] = self.segment_bytes.to_ne_bytes();
        let [e, f] = self.checksum_start.to_ne_bytes();
        let [g, h] = self.checksum_offset.to_ne_bytes();
        [self.flags, self.kind, a, b, c, d, e, f, g, h]
    }
}
