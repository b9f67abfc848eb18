//! Cuts what the interface hands over into packets of their own, as the kernel would (TCP and UDP segmentation), without a
//! copy of the whole. Total: whatever the virtio header says, a plan only holds offsets inside of its packet.

use crate::checksum::checksum;
use crate::packet::{HEADER_BYTES, Packet, protocol, read_u32, write_u16, write_u32};
use crate::reason::Reason;
use crate::virtio::{KIND_ECN, KIND_NONE, KIND_TCP, KIND_UDP, NEEDS_CHECKSUM, Virtio};

const TCP_BYTES: usize = 20;
const UDP_BYTES: usize = 8;
const TCP_CHECKSUM: usize = 16;
const UDP_CHECKSUM: usize = 6;
const FIN_AND_PUSH: u8 = 0x09;
const CONGESTION_REDUCED: u8 = 0x80;

/// How a packet is cut. Goes with the packet that it was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    protocol: u8,
    /// The packet leaves its checksum to whoever opens it.
    pub partial: bool,
    transport: usize,
    /// Bytes of headers that each segment gets.
    header: usize,
    /// Bytes of payload in each segment but the last.
    segment: usize,
    length: usize,
    count: usize,
}

impl Cut {
    /// Plans the cut of a packet. A checksum that only this protocol's own rules can place is filled in at once.
    pub fn plan(virtio: &Virtio, packet: &Packet, bytes: &mut [u8]) -> Result<Self, Reason> {
        let &Packet { length, transport, protocol, .. } = packet;
        let mut cut = Self { protocol, partial: false, transport, header: length, segment: 0, length, count: 1 };
        if virtio.flags & NEEDS_CHECKSUM != 0 {
            cut.partial = cut.take_checksum(virtio, bytes, packet.part.is_none())?;
        }
        let (kind, header) = match virtio.kind & !KIND_ECN {
            KIND_NONE => return Ok(cut),
            KIND_TCP => (protocol::TCP, transport + tcp_header_bytes(&bytes[transport..length])?),
            KIND_UDP => (protocol::UDP, transport + UDP_BYTES),
            _ => return Err(Reason::VirtioHeader),
        };
        let segment = usize::from(virtio.segment_bytes);
        if kind != protocol || packet.part.is_some() || header >= length || segment == 0 || !cut.partial {
            return Err(Reason::VirtioHeader);
        }
        let count = (length - header).div_ceil(segment);
        Ok(Self { header, segment, count, ..cut })
    }

    /// How many packets it makes.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Bytes of the packet with this number.
    pub fn length(&self, number: usize) -> usize {
        self.header + self.payload(number).len()
    }

    /// Bytes of the largest one.
    pub fn largest(&self) -> usize {
        self.length(0)
    }

    fn payload(&self, number: usize) -> std::ops::Range<usize> {
        let start = (self.header + number * self.segment).min(self.length);
        start..(start + self.segment).min(self.length)
    }

    /// Writes the packet with this number into `out`, which has exactly its length. With a partial checksum, the field
    /// is zero.
    pub fn write(&self, bytes: &[u8], number: usize, out: &mut [u8]) {
        let payload = self.payload(number);
        let (header, body) = out.split_at_mut(self.header);
        header.copy_from_slice(&bytes[..self.header]);
        body.copy_from_slice(&bytes[payload]);
        if !self.partial {
            return;
        }
        let after_header = self.header - HEADER_BYTES + body.len();
        let part = &mut header[self.transport..];
        if self.protocol == protocol::TCP {
            write_u16(part, TCP_CHECKSUM, 0);
            if self.count > 1 {
                let sequence = read_u32(part, 4).wrapping_add((number * self.segment) as u32);
                write_u32(part, 4, sequence);
                if number + 1 < self.count {
                    part[13] &= !FIN_AND_PUSH;
                }
                if number > 0 {
                    part[13] &= !CONGESTION_REDUCED;
                }
            }
        } else {
            write_u16(part, UDP_CHECKSUM, 0);
            if self.count > 1 {
                write_u16(part, 4, (UDP_BYTES + body.len()) as u16);
            }
        }
        if self.count > 1 {
            write_u16(header, 4, after_header as u16);
        }
    }

    /// True when the checksum is left to whoever opens the packet; else it is filled in here.
    fn take_checksum(&self, virtio: &Virtio, bytes: &mut [u8], whole: bool) -> Result<bool, Reason> {
        let start = usize::from(virtio.checksum_start);
        let place = start + usize::from(virtio.checksum_offset);
        // Only of these does whoever opens the packet know where its checksum belongs.
        let own = match self.protocol {
            protocol::TCP => Some((TCP_CHECKSUM, TCP_BYTES)),
            protocol::UDP => Some((UDP_CHECKSUM, UDP_BYTES)),
            _ => None,
        };
        if start < HEADER_BYTES || place + 2 > self.length {
            return Err(Reason::VirtioHeader);
        }
        if let Some((offset, header)) = own
            && whole
            && start == self.transport
            && place == start + offset
            && self.length >= start + header
        {
            return Ok(true);
        }
        write_u16(bytes, place, 0);
        let sum = checksum(bytes, self.protocol, &bytes[start..self.length]);
        write_u16(bytes, place, sum);
        Ok(false)
    }
}

/// Bytes of a TCP header, as it says itself.
pub fn tcp_header_bytes(transport: &[u8]) -> Result<usize, Reason> {
    let length = usize::from(*transport.get(12).ok_or(Reason::Truncated)? >> 4) * 4;
    if length < TCP_BYTES || length > transport.len() {
        return Err(Reason::Truncated);
    }
    Ok(length)
}

/// Where the checksum of a protocol is, counted from its header, when one can be left to whoever opens the packet.
pub fn checksum_place(protocol: u8) -> Option<usize> {
    match protocol {
        protocol::TCP => Some(TCP_CHECKSUM),
        protocol::UDP => Some(UDP_CHECKSUM),
        _ => None,
    }
}
