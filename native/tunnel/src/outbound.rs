//! The first half of the way out: from the interface, by what was decided about the flow, into the fair queue; and what is
//! sent on for others. `transmit` is the second half.

use crate::batch::Batch;
use crate::buffers::{Buffers, READ_BYTES};
use crate::context::{Context, Decided, Decision};
use crate::cut::Cut;
use crate::flow::Direction;
use crate::pace::Pace;
use crate::packet::{Packet, read_packet, read_u32};
use crate::parts::Parts;
use crate::queue::FairQueue;
use crate::reason::{Reason, Tally};
use crate::system::{Outgoing, set_send_buffer};
use crate::undecided::Held;
use crate::virtio::{VIRTIO_BYTES, Virtio};
use std::io::{ErrorKind, Read};
use std::net::{Ipv6Addr, SocketAddr};

/// Packets that are read before some are sent.
const READS: usize = 64;

/// What waits in the queue.
pub(crate) struct Item {
    /// Its bytes.
    pub(crate) buffer: Vec<u8>,
    /// What they are.
    pub(crate) content: Content,
}

#[derive(Clone, Copy)]
pub(crate) enum Content {
    /// A packet of the interface for a peer, behind its virtio header.
    Packet { cut: Cut, peer: u32 },
    /// Datagrams of others, as they are to be sent on.
    Row { length: usize, segment: usize, to: SocketAddr, congestion: u8 },
}

impl Content {
    /// Datagrams that it makes.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Packet { cut, .. } => cut.count(),
            Self::Row { length, segment, .. } => length.div_ceil(*segment),
        }
    }
}

/// The way out.
pub struct Outbound {
    scratch: Vec<u8>,
    pub(crate) buffers: Buffers,
    pub(crate) queue: FairQueue<Item>,
    /// What is being sent, and how many of its datagrams are in the batch.
    pub(crate) current: Option<(Item, usize)>,
    /// What was being sent when a small packet of another flow came.
    pub(crate) interrupted: Option<(Item, usize)>,
    pub(crate) batch: Batch,
    pub(crate) blocked: bool,
    pub(crate) pace: Pace,
    parts: Parts,
    /// Numbers what is sent in pieces.
    pub(crate) pieces_id: u32,
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            scratch: vec![0; READ_BYTES],
            buffers: Buffers::default(),
            queue: FairQueue::default(),
            current: None,
            interrupted: None,
            batch: Batch::default(),
            blocked: false,
            pace: Pace::default(),
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

    /// The sockets take more; how much at once depends on how long that took.
    pub fn unblock(&mut self, context: &Context, now_us: u64) {
        self.blocked = false;
        if self.pace.unblock(now_us) {
            self.apply_pace(context);
        }
    }

    /// Goes on at another pace.
    pub(crate) fn apply_pace(&mut self, context: &Context) {
        self.batch.limit(self.pace.bytes());
        for socket in [&context.sockets.four, &context.sockets.six].into_iter().flatten() {
            // With another size, it only waits longer or runs dry sooner.
            let _set = set_send_buffer(socket, self.pace.buffer_bytes());
        }
    }

    fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.current.is_none() && self.interrupted.is_none() && self.batch.is_empty()
    }

    /// Reads what the interface has, a round's worth; true when there may be more.
    pub fn read(&mut self, context: &mut Context) -> bool {
        for _ in 0..READS {
            let Some(mut tun) = context.tun.as_ref() else { return false };
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
    pub fn retake(&mut self, context: &mut Context, held: &Held) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let length = held.buffer.len();
        scratch[..length].copy_from_slice(&held.buffer);
        self.take(context, &mut scratch, length);
        self.scratch = scratch;
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
            Decision::Miss(missed) => {
                // As much as it needs: many may wait, each for a while.
                let buffer = buffer[..length].to_vec();
                context.hold(missed, Held { buffer, direction: Direction::Outbound, peer: None, partial: false });
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
