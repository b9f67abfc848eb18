//! The way out: from the interface, by what was decided about the flow, through the fair queue, cut and sealed in place, to
//! the socket.

use crate::batch::{Batch, Sent};
use crate::buffers::{Buffers, READ_BYTES};
use crate::context::{Context, Decided, Decision, EVENTS};
use crate::cut::Cut;
use crate::event::Event;
use crate::flow::Direction;
use crate::icmp::Answer;
use crate::keys::{DATAGRAM_HEADER, OVERHEAD, TAG_BYTES, kind};
use crate::packet::{Packet, congestion_of, read_packet, read_u32, set_congestion};
use crate::parts::Parts;
use crate::pieces::{PIECE_HEADER, SMALLEST_MTU, write_piece_header};
use crate::queue::FairQueue;
use crate::reason::{Reason, Tally};
use crate::system::Outgoing;
use crate::tables::{Generation, Path};
use crate::undecided::Held;
use crate::virtio::{VIRTIO_BYTES, Virtio};
use std::io::{ErrorKind, Read};
use std::net::{Ipv6Addr, SocketAddr};

/// Packets that are read before some are sent.
const READS: usize = 64;
/// Bytes that are sent before more are read, so that what has just come can go first.
const TURN_BYTES: usize = 128 << 10;
/// The mark of congestion.
const CONGESTED: u8 = 3;
/// Bytes that the pieces of one packet take up in a batch, over the narrowest path.
const PIECES_BYTES: usize = 4096;

/// What waits in the queue.
struct Item {
    buffer: Vec<u8>,
    content: Content,
}

#[derive(Clone, Copy)]
enum Content {
    /// A packet of the interface for a peer, behind its virtio header.
    Packet { cut: Cut, peer: u32 },
    /// Datagrams of others, as they are to be sent on.
    Row { length: usize, segment: usize, to: SocketAddr, congestion: u8 },
}

impl Content {
    fn count(&self) -> usize {
        match self {
            Self::Packet { cut, .. } => cut.count(),
            Self::Row { length, segment, .. } => length.div_ceil(*segment),
        }
    }
}

/// The way out.
pub struct Outbound {
    scratch: Vec<u8>,
    buffers: Buffers,
    queue: FairQueue<Item>,
    /// What is being sent, and how many of its datagrams are in the batch.
    current: Option<(Item, usize)>,
    batch: Batch,
    blocked: bool,
    parts: Parts,
    /// Numbers what is sent in pieces.
    pieces_id: u32,
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            scratch: vec![0; READ_BYTES],
            buffers: Buffers::default(),
            queue: FairQueue::default(),
            current: None,
            batch: Batch::default(),
            blocked: false,
            parts: Parts::default(),
            pieces_id: 0,
        }
    }
}

impl Outbound {
    /// Whether something waits that could be sent now.
    pub fn has_work(&self) -> bool {
        !self.blocked && !self.is_idle()
    }

    /// Whether something waits for the socket.
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// The socket takes more.
    pub fn unblock(&mut self) {
        self.blocked = false;
    }

    /// Whether it makes sense to wait for the interface.
    pub fn has_room(&self) -> bool {
        self.queue.has_room()
    }

    fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.current.is_none() && self.batch.is_empty()
    }

    /// Reads what the interface has, a round's worth; true when there may be more.
    pub fn read(&mut self, context: &mut Context) -> bool {
        for _ in 0..READS {
            let Some(mut tun) = context.tun.as_ref() else { return false };
            if !self.queue.has_room() {
                return true;
            }
            match tun.read(&mut self.scratch) {
                // What has ended.
                Ok(0) => {
                    context.gone = true;
                    return false;
                }
                Ok(length) => {
                    context.add(Tally::InterfaceReads, 1);
                    let mut scratch = std::mem::take(&mut self.scratch);
                    self.take(context, &mut scratch, length);
                    self.scratch = scratch;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                // While it is down there is nothing to read.
                Err(error) if error.raw_os_error() == Some(libc::EIO) => return false,
                Err(_) => {
                    context.gone = true;
                    return false;
                }
            }
        }
        true
    }

    /// Takes a packet whose flow has now been decided about.
    pub fn retake(&mut self, context: &mut Context, mut held: Held) {
        self.take(context, &mut held.buffer, held.length);
        self.buffers.give(held.buffer);
    }

    fn take(&mut self, context: &mut Context, buffer: &mut Vec<u8>, length: usize) {
        if let Err(reason) = self.sort(context, buffer, length) {
            context.drop(reason);
        }
    }

    fn sort(&mut self, context: &mut Context, buffer: &mut Vec<u8>, length: usize) -> Result<(), Reason> {
        let (header, bytes) = buffer[..length].split_first_chunk_mut::<VIRTIO_BYTES>().ok_or(Reason::Truncated)?;
        let packet = read_packet(bytes)?;
        may_leave(&packet, context.own)?;
        let Decided { flow, peer } = match context.decide(&mut self.parts, &packet, bytes, Direction::Outbound)? {
            Decision::Pass(decided) => decided,
            Decision::Drop(reason, answer) => {
                if let Some(answer) = answer {
                    context.answer(answer, &packet, bytes);
                }
                return Err(reason);
            }
            Decision::Miss(key) => {
                let buffer = self.buffers.take(buffer, length);
                let held = Held { buffer, length, direction: Direction::Outbound, peer: None, partial: false };
                context.hold(key, held, VIRTIO_BYTES);
                return Ok(());
            }
        };
        let cut = Cut::plan(&Virtio::read(header), &packet, bytes)?;
        let item = Item { buffer: self.buffers.take(buffer, length), content: Content::Packet { cut, peer } };
        self.push(context, flow, length, item);
        Ok(())
    }

    fn push(&mut self, context: &Context, flow: u32, bytes: usize, item: Item) {
        if let Some(gone) = self.queue.push(context.now_us, flow, bytes, item) {
            context.shared.counters.drops(Reason::QueueFull, gone.content.count());
            self.buffers.give(gone.buffer);
        }
    }

    /// Sends on datagrams that lie in `arena`, at once where nothing else waits.
    pub fn send_on(&mut self, context: &mut Context, arena: &[u8], rows: &[Outgoing]) {
        let mut gone = 0;
        while gone < rows.len() && self.is_idle() {
            let family = rows[gone].to.is_ipv4();
            let run = rows[gone..].iter().take_while(|row| row.to.is_ipv4() == family).count();
            let Some(socket) = context.sockets.to(&rows[gone].to) else { break };
            match crate::system::send(socket, arena, &rows[gone..gone + run]) {
                Ok(sent) => {
                    gone += sent;
                    context.add(Tally::Sends, sent);
                }
                // Whatever it is: the queue's way deals with it.
                Err(_) => break,
            }
        }
        for row in &rows[gone..] {
            let mut buffer = vec![0; row.length];
            buffer.copy_from_slice(&arena[row.start..row.start + row.length]);
            let &Outgoing { length, segment, to, congestion, .. } = row;
            let item = Item { buffer, content: Content::Row { length, segment, to, congestion } };
            self.push(context, read_u32(&item.buffer, 4), length, item);
        }
    }

    /// Sends what waits, a round's worth.
    pub fn transmit(&mut self, context: &mut Context) {
        if self.blocked {
            return;
        }
        let mut before = self.batch.bytes();
        let mut sent_bytes = 0;
        while sent_bytes < TURN_BYTES && !self.blocked {
            if self.current.is_none() && !self.next(context) {
                break;
            }
            self.fill(context);
            sent_bytes += self.batch.bytes().saturating_sub(before);
            before = self.batch.bytes();
            if self.current.is_some() {
                self.flush(context);
                before = self.batch.bytes();
            }
        }
        if !self.blocked {
            self.flush(context);
        }
    }

    fn flush(&mut self, context: &mut Context) {
        let Context { sockets, shared, outbox, failed, .. } = context;
        let sent = self.batch.flush(sockets, &shared.counters, |row, errno| {
            // The size that would pass is told by the socket's own queue of errors.
            *failed = true;
            if !matches!(errno, libc::EMSGSIZE | libc::EINVAL) {
                let event = Event::Unreachable { to: row.to, errno };
                if outbox.last() != Some(&event) && outbox.len() < EVENTS {
                    outbox.push(event);
                }
            }
        });
        self.blocked = sent == Sent::Blocked;
    }

    /// Takes the next from the queue; false when there is none.
    fn next(&mut self, context: &mut Context) -> bool {
        while let Some((mut item, tells)) = self.queue.pop(context.now_us) {
            let mut begin = 0;
            if tells {
                let packet = match item.content {
                    Content::Packet { .. } => &mut item.buffer[VIRTIO_BYTES..],
                    Content::Row { .. } => &mut [],
                };
                if congestion_of(packet) != 0 {
                    set_congestion(packet, CONGESTED);
                    context.add(Tally::Marked, 1);
                } else {
                    // One segment of a super-packet says as much as all of them.
                    context.drop(Reason::Queue);
                    begin = 1;
                }
            }
            if begin < item.content.count() {
                self.current = Some((item, begin));
                return true;
            }
            self.buffers.give(item.buffer);
        }
        false
    }

    /// Puts datagrams of what is being sent into the batch, until it is full or all are in.
    fn fill(&mut self, context: &mut Context) {
        let Some((item, mut next)) = self.current.take() else { return };
        let count = item.content.count();
        let done = match item.content {
            Content::Row { length, segment, to, congestion } => {
                while next < count {
                    let range = next * segment..length.min((next + 1) * segment);
                    if !self.batch.has_room(range.len()) {
                        break;
                    }
                    self.batch.push(range.len(), to, congestion, |out| {
                        out.copy_from_slice(&item.buffer[range]);
                        true
                    });
                    next += 1;
                }
                next == count
            }
            Content::Packet { cut, peer } => match self.seal(context, &item.buffer, &cut, peer, &mut next) {
                Ok(done) => done,
                Err(reason) => {
                    context.shared.counters.drops(reason, count - next);
                    true
                }
            },
        };
        if done {
            self.buffers.give(item.buffer);
        } else {
            self.current = Some((item, next));
        }
    }

    fn seal(
        &mut self,
        context: &mut Context,
        buffer: &[u8],
        cut: &Cut,
        peer: u32,
        next: &mut usize,
    ) -> Result<bool, Reason> {
        let bytes = &buffer[VIRTIO_BYTES..];
        let (entry, generation, path) = context.tables.sending(peer).ok_or(Reason::NoSession)?;
        if cut.largest() > path.packet_bytes.max(SMALLEST_MTU) {
            let answer = Answer::TooBig(path.packet_bytes.max(SMALLEST_MTU) as u32);
            if let Ok(packet) = read_packet(bytes) {
                context.answer(answer, &packet, bytes);
            }
            return Err(Reason::TooBig);
        }
        let kind = if cut.partial { kind::PARTIAL } else { kind::PACKET };
        let congestion = congestion_of(bytes);
        let (first, mut sealed_bytes) = (*next, 0);
        while *next < cut.count() {
            let length = cut.length(*next);
            if length > path.packet_bytes {
                if !self.batch.has_room(PIECES_BYTES) {
                    break;
                }
                let mut whole = [0; 1 + SMALLEST_MTU];
                whole[0] = kind;
                cut.write(bytes, *next, &mut whole[1..=length]);
                self.pieces_id = self.pieces_id.wrapping_add(1);
                seal_pieces(&mut self.batch, generation, &path, self.pieces_id, &whole[..=length], congestion)?;
                sealed_bytes += length;
                *next += 1;
                continue;
            }
            if !self.batch.has_room(length + OVERHEAD) {
                break;
            }
            let sealed = self.batch.push(length + OVERHEAD, path.to, congestion, |datagram| {
                let end = datagram.len() - TAG_BYTES;
                datagram[DATAGRAM_HEADER] = kind;
                cut.write(bytes, *next, &mut datagram[DATAGRAM_HEADER + 1..end]);
                generation.sealer.seal(datagram, path.remote)
            });
            if !sealed {
                context.tell(Event::Spent { index: path.index });
                return Err(Reason::NoSession);
            }
            sealed_bytes += length;
            *next += 1;
        }
        entry.sealed[0] += (*next - first) as u64;
        entry.sealed[1] += sealed_bytes as u64;
        context.add(Tally::Sealed, *next - first);
        context.add(Tally::SealedBytes, sealed_bytes);
        Ok(*next == cut.count())
    }
}

/// Seals what is larger than the path bears, in pieces.
fn seal_pieces(
    batch: &mut Batch,
    generation: &mut Generation,
    path: &Path,
    id: u32,
    whole: &[u8],
    congestion: u8,
) -> Result<(), Reason> {
    let piece_bytes = path.packet_bytes + 1 - PIECE_HEADER;
    for (number, piece) in whole.chunks(piece_bytes).enumerate() {
        let length = DATAGRAM_HEADER + PIECE_HEADER + piece.len() + TAG_BYTES;
        let sealed = batch.push(length, path.to, congestion, |datagram| {
            let body = &mut datagram[DATAGRAM_HEADER..length - TAG_BYTES];
            write_piece_header(body, id, number * piece_bytes, whole.len());
            body[PIECE_HEADER..].copy_from_slice(piece);
            generation.sealer.seal(datagram, path.remote)
        });
        if !sealed {
            return Err(Reason::NoSession);
        }
    }
    Ok(())
}

/// Whether a packet of the interface may leave through the tunnel at all.
fn may_leave(packet: &Packet, own: Ipv6Addr) -> Result<(), Reason> {
    if packet.destination.is_multicast() || packet.destination.is_unicast_link_local() {
        return Err(Reason::Scope);
    }
    if packet.source != own {
        return Err(Reason::Source);
    }
    if packet.destination == own || packet.destination.is_loopback() || packet.destination.is_unspecified() {
        return Err(Reason::Destination);
    }
    Ok(())
}
