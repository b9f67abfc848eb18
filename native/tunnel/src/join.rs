//! Joins packets of one flow that follow each other into super-packets, as the kernel's own receive offload would (same
//! headers, next sequence number, same size but for the last), across as many receive batches as wait. What is not
//! joined goes as it came, and a flow's packets keep their order.
//!
//! Payloads stay where they were opened: until they are written, the arena must not change.

use crate::checksum::pseudo_header;
use crate::cut::{checksum_place, tcp_header_bytes};
use crate::packet::{HEADER_BYTES, Packet, protocol, read_u16, read_u32, write_u16};
use crate::reason::Reason;
use crate::virtio::{KIND_NONE, KIND_TCP, KIND_UDP, NEEDS_CHECKSUM, VIRTIO_BYTES, Virtio};
use std::io::IoSlice;
use std::ops::Range;

/// Packets in one super-packet: below the kernel's own bounds on segments (64 for UDP) and on pieces of a write.
const PIECES: usize = 64;
/// Flows whose last super-packet may still grow.
const OPEN: usize = 32;
/// Headers that are copied: IPv6, and TCP with all its options.
const HEADERS: usize = HEADER_BYTES + 60;
const ACKNOWLEDGES: u8 = 0x10;
const PUSH: u8 = 0x08;

struct Item {
    /// The virtio header, then the headers of the first packet.
    head: [u8; VIRTIO_BYTES + HEADERS],
    /// Bytes of headers in there: 0 when all of the packet is a piece.
    headers: usize,
    pieces: Vec<Range<usize>>,
    virtio: Virtio,
    protocol: u8,
    segment: usize,
    payload: usize,
    next_sequence: u32,
}

/// What waits to be written to the interface.
#[derive(Default)]
pub struct Joiner {
    items: Vec<Item>,
    used: usize,
    /// Flow and item.
    open: Vec<(u32, usize)>,
}

impl Joiner {
    /// Takes a packet that lies at `range` of the arena. `partial` when its checksum is left to us.
    pub fn add(
        &mut self,
        arena: &mut [u8],
        range: Range<usize>,
        packet: &Packet,
        partial: bool,
        flow: Option<u32>,
    ) -> Result<(), Reason> {
        let range = range.start..range.start + packet.length;
        let bytes = &mut arena[range.clone()];
        let place = if partial { Some(check_partial(packet, bytes)?) } else { None };
        let open = flow.and_then(|flow| self.open.iter().position(|(other, _)| *other == flow));
        let shape = if partial { Shape::of(packet, bytes) } else { None };
        if let (Some(open), Some(shape)) = (open, &shape) {
            let item = &mut self.items[self.open[open].1];
            if item.takes(shape, bytes) {
                item.pieces.push(range.start + shape.headers..range.end);
                item.payload += shape.payload;
                item.next_sequence = item.next_sequence.wrapping_add(shape.payload as u32);
                item.head[VIRTIO_BYTES + HEADER_BYTES + 13] |= shape.push;
                if shape.payload < item.segment || shape.push != 0 || item.pieces.len() == PIECES {
                    self.open.swap_remove(open);
                }
                return Ok(());
            }
        }
        if let Some(open) = open {
            self.open.swap_remove(open);
        }
        if let Some(place) = place {
            let sum = pseudo_header(bytes, packet.protocol, packet.length - packet.transport);
            write_u16(bytes, packet.transport + place, sum);
        }
        let number = self.used;
        self.used += 1;
        if number == self.items.len() {
            self.items.push(Item::default());
        }
        let item = &mut self.items[number];
        item.begin(packet, bytes, place, shape.as_ref(), range);
        if let (Some(flow), Some(shape)) = (flow, shape)
            && shape.push == 0
            && self.open.len() < OPEN
        {
            self.open.push((flow, number));
        }
        Ok(())
    }

    /// Gives each packet to `write`, in the order in which they began, as pieces; then nothing waits.
    pub fn flush(&mut self, arena: &[u8], mut write: impl FnMut(&[IoSlice])) {
        self.open.clear();
        for item in &mut self.items[..self.used] {
            item.finish();
            let mut pieces = [IoSlice::new(&[]); PIECES + 1];
            pieces[0] = IoSlice::new(&item.head[..VIRTIO_BYTES + item.headers]);
            for (place, piece) in pieces[1..].iter_mut().zip(&item.pieces) {
                *place = IoSlice::new(&arena[piece.clone()]);
            }
            write(&pieces[..=item.pieces.len()]);
        }
        self.used = 0;
    }
}

impl Default for Item {
    fn default() -> Self {
        Self {
            head: [0; _],
            headers: 0,
            pieces: Vec::new(),
            virtio: Virtio::default(),
            protocol: 0,
            segment: 0,
            payload: 0,
            next_sequence: 0,
        }
    }
}

impl Item {
    fn begin(
        &mut self,
        packet: &Packet,
        bytes: &[u8],
        place: Option<usize>,
        shape: Option<&Shape>,
        range: Range<usize>,
    ) {
        self.headers = shape.map_or(0, |shape| shape.headers);
        self.head[VIRTIO_BYTES..][..self.headers].copy_from_slice(&bytes[..self.headers]);
        self.pieces.clear();
        self.pieces.push(range.start + self.headers..range.end);
        self.protocol = packet.protocol;
        self.segment = shape.map_or(0, |shape| shape.payload);
        self.payload = self.segment;
        self.next_sequence = shape.map_or(0, |shape| shape.sequence.wrapping_add(shape.payload as u32));
        self.virtio = Virtio::default();
        if let Some(place) = place {
            self.virtio.flags = NEEDS_CHECKSUM;
            self.virtio.checksum_start = packet.transport as u16;
            self.virtio.checksum_offset = place as u16;
        }
    }

    fn takes(&self, shape: &Shape, bytes: &[u8]) -> bool {
        let own = &self.head[VIRTIO_BYTES..][..self.headers];
        let same = |range: Range<usize>| own[range.clone()] == bytes[range];
        let fits = shape.payload <= self.segment && self.headers + self.payload + shape.payload <= 65_535;
        if !fits || shape.headers != self.headers || !same(0..4) || !same(6..HEADER_BYTES + 4) {
            return false;
        }
        if self.protocol == protocol::UDP {
            return true;
        }
        // All but the sequence number, the flags that were looked at, and the checksum.
        const T: usize = HEADER_BYTES;
        shape.sequence == self.next_sequence
            && same(T + 8..T + 13)
            && same(T + 14..T + 16)
            && same(T + 18..self.headers)
    }

    fn finish(&mut self) {
        self.virtio.kind = KIND_NONE;
        if self.pieces.len() > 1 {
            let udp = self.protocol == protocol::UDP;
            self.virtio.kind = if udp { KIND_UDP } else { KIND_TCP };
            self.virtio.header_bytes = self.headers as u16;
            self.virtio.segment_bytes = self.segment as u16;
            let header = &mut self.head[VIRTIO_BYTES..];
            let length = self.headers - HEADER_BYTES + self.payload;
            write_u16(header, 4, length as u16);
            if udp {
                write_u16(header, HEADER_BYTES + 4, length as u16);
            }
            let place = HEADER_BYTES + usize::from(self.virtio.checksum_offset);
            let sum = pseudo_header(header, self.protocol, length);
            write_u16(header, place, sum);
        }
        let virtio = self.virtio.write();
        self.head[..VIRTIO_BYTES].copy_from_slice(&virtio);
    }
}

/// A packet that may be joined with others.
struct Shape {
    headers: usize,
    payload: usize,
    sequence: u32,
    push: u8,
}

impl Shape {
    fn of(packet: &Packet, bytes: &[u8]) -> Option<Self> {
        if packet.transport != HEADER_BYTES {
            return None;
        }
        let transport = &bytes[HEADER_BYTES..];
        let shape = if packet.protocol == protocol::TCP {
            let headers = HEADER_BYTES + tcp_header_bytes(transport).ok()?;
            let flags = transport[13];
            if flags & !PUSH != ACKNOWLEDGES {
                return None;
            }
            Self { headers, payload: bytes.len() - headers, sequence: read_u32(transport, 4), push: flags & PUSH }
        } else {
            let headers = HEADER_BYTES + 8;
            if usize::from(read_u16(transport, 4)) != transport.len() {
                return None;
            }
            Self { headers, payload: bytes.len() - headers, sequence: 0, push: 0 }
        };
        (shape.payload > 0).then_some(shape)
    }
}

/// Where the checksum of the packet is, counted from its transport header, when it can be left to us.
fn check_partial(packet: &Packet, bytes: &[u8]) -> Result<usize, Reason> {
    let place = checksum_place(packet.protocol).ok_or(Reason::Kind)?;
    let enough = if packet.protocol == protocol::TCP { 20 } else { 8 };
    if packet.part.is_some() || packet.transport + enough > bytes.len() {
        return Err(Reason::Kind);
    }
    Ok(place)
}
