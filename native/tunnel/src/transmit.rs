//! The second half of the way out: what waits in the fair queue is cut and sealed into the batch, a turn at a time.

use crate::batch::{Batch, Sent};
use crate::context::{Context, EVENTS};
use crate::cut::Cut;
use crate::event::Event;
use crate::icmp::Answer;
use crate::keys::{DATAGRAM_HEADER, OVERHEAD, TAG_BYTES, kind};
use crate::outbound::{Content, Item, Outbound};
use crate::packet::{CONGESTED, congestion_of, read_packet, set_congestion};
use crate::pieces::{PIECE_HEADER, SMALLEST_MTU, write_piece_header};
use crate::reason::{Reason, Tally};
use crate::tables::{Generation, Path};
use crate::virtio::VIRTIO_BYTES;

/// Bytes that the pieces of one packet take up in a batch, over the narrowest path.
const PIECES_BYTES: usize = 4096;

impl Outbound {
    /// Sends what waits, a round's worth.
    pub fn transmit(&mut self, context: &mut Context) {
        if self.blocked {
            return;
        }
        let mut before = self.batch.bytes();
        let mut sent_bytes = 0;
        while sent_bytes < self.pace.bytes() && !self.blocked {
            self.interrupt(context);
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
        if self.pace.is_tight(context.now_us, self.batch.bytes()) && context.sockets.are_empty() {
            self.pace.loosen(context.now_us);
            self.apply_pace(context);
        }
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
        if self.blocked {
            self.pace.block(context.now_us);
        }
    }

    /// Lets a small packet of another flow pass a large one that is being sent.
    fn interrupt(&mut self, context: &mut Context) {
        if self.current.is_some()
            && self.interrupted.is_none()
            && let Some((item, tells)) = self.queue.pop_small(context.now_us)
        {
            let small = self.begin(context, item, tells);
            if small.is_some() {
                self.interrupted = std::mem::replace(&mut self.current, small);
            }
        }
    }

    /// Takes the next from the queue; false when there is none.
    fn next(&mut self, context: &mut Context) -> bool {
        self.current = self.interrupted.take();
        while self.current.is_none() {
            let Some((item, tells)) = self.queue.pop(context.now_us) else { return false };
            self.current = self.begin(context, item, tells);
        }
        true
    }

    /// Begins to send something, unless that is dropped to tell its sender to slow down.
    fn begin(&mut self, context: &mut Context, mut item: Item, tells: bool) -> Option<(Item, usize)> {
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
            return Some((item, begin));
        }
        self.buffers.give(item.buffer);
        None
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
