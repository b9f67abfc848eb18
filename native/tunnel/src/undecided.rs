//! Packets whose flow nobody has decided about yet. Few, for a short while: what does not find room is dropped. Later
//! fragments wait behind their first one, which alone says of which flow they are.

use crate::flow::{Direction, FlowKey};
use crate::parts::PartKey;
use crate::virtio::VIRTIO_BYTES;
use std::collections::HashMap;

/// Flows that may wait at once: a scan of ports must not push out more than itself.
pub const FLOWS: usize = 512;
/// Of these, those of one peer: who floods holds up nobody else's first packets.
pub const PEER_FLOWS: usize = FLOWS / 4;
/// Packets that may wait for one flow, whole ones and first fragments.
pub const PACKETS: usize = 8;
/// Later fragments that may wait for one flow: a packet of 64 KiB at the smallest MTU.
pub const FRAGMENTS: usize = 64;
/// Bytes that may wait for one flow: the largest packet in fragments, and a few small ones.
pub const FLOW_BYTES: usize = 128 << 10;
/// Bytes that may wait in all.
pub const BYTES: usize = 1 << 20;
/// Of these, those of one peer, for the reason of its flows.
pub const PEER_BYTES: usize = BYTES / 4;
/// For how long they wait: as long as a program waits before it asks again, a few times over.
const PATIENCE_US: u64 = 5_000_000;

/// A packet that waits.
pub struct Held {
    /// Its bytes, an outbound one's virtio header before them.
    pub buffer: Vec<u8>,
    /// Whither it goes.
    pub direction: Direction,
    /// Whose it is, when it comes from a peer.
    pub peer: Option<u32>,
    /// Its checksum is left to us.
    pub partial: bool,
}

impl Held {
    /// The packet alone.
    pub fn packet(&self) -> &[u8] {
        match self.direction {
            Direction::Outbound => &self.buffer[VIRTIO_BYTES..],
            Direction::Inbound => &self.buffer,
        }
    }
}

/// Which part of a packet waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// All of it.
    Whole,
    /// Its first fragment: the others wait behind it.
    First(PartKey),
    /// Another fragment of it.
    Later,
}

/// The packets that wait.
#[derive(Default)]
pub struct Undecided {
    flows: HashMap<FlowKey, Waiting>,
    /// The flows of the packets whose first fragment waits.
    firsts: HashMap<PartKey, FlowKey>,
    bytes: usize,
}

#[derive(Default)]
struct Waiting {
    since_us: u64,
    packets: Vec<Held>,
    fragments: usize,
    bytes: usize,
    firsts: Vec<PartKey>,
}

/// What became of a packet that nobody has decided about.
pub enum Holding {
    /// It waits, and is the first one: whoever decides is to be asked.
    First,
    /// It waits behind others.
    Later,
    /// There is no room.
    Full,
}

impl Undecided {
    /// Lets a packet wait.
    pub fn hold(&mut self, key: FlowKey, piece: Piece, held: Held, now_us: u64) -> Holding {
        let bytes = held.packet().len();
        let first = !self.flows.contains_key(&key);
        if !self.has_bytes(held.peer, bytes) || first && !self.has_room(held.peer) {
            return Holding::Full;
        }
        let waiting = self.flows.entry(key).or_insert_with(|| Waiting { since_us: now_us, ..Waiting::default() });
        let later = piece == Piece::Later;
        let (count, most) =
            if later { (waiting.fragments, FRAGMENTS) } else { (waiting.packets.len() - waiting.fragments, PACKETS) };
        if count >= most || waiting.bytes + bytes > FLOW_BYTES {
            return Holding::Full;
        }
        if let Piece::First(part) = piece {
            self.firsts.entry(part).or_insert_with(|| {
                waiting.firsts.push(part);
                key
            });
        }
        waiting.fragments += usize::from(later);
        waiting.bytes += bytes;
        waiting.packets.push(held);
        self.bytes += bytes;
        if first { Holding::First } else { Holding::Later }
    }

    /// Whether one more flow may wait, of this peer or of this machine.
    fn has_room(&self, peer: Option<u32>) -> bool {
        let same = |waiting: &&Waiting| waiting.packets.first().is_some_and(|held| held.peer == peer);
        self.flows.len() < FLOWS && (peer.is_none() || self.flows.values().filter(same).count() < PEER_FLOWS)
    }

    /// Whether so many bytes more may wait, of this peer or of this machine.
    fn has_bytes(&self, peer: Option<u32>, bytes: usize) -> bool {
        let same = |waiting: &&Waiting| waiting.packets.first().is_some_and(|held| held.peer == peer);
        let own = || self.flows.values().filter(same).map(|waiting| waiting.bytes).sum::<usize>();
        // Nobody has more than all have.
        let fits = peer.is_none() || self.bytes + bytes <= PEER_BYTES || own() + bytes <= PEER_BYTES;
        fits && self.bytes + bytes <= BYTES
    }

    /// The flow of the packet whose first fragment waits.
    pub fn flow_of(&self, part: &PartKey) -> Option<FlowKey> {
        self.firsts.get(part).copied()
    }

    /// The packets of a flow that is now decided about, in their order.
    pub fn release(&mut self, key: &FlowKey) -> Vec<Held> {
        let Some(waiting) = self.flows.remove(key) else { return Vec::new() };
        self.bytes -= waiting.bytes;
        for part in &waiting.firsts {
            self.firsts.remove(part);
        }
        waiting.packets
    }

    /// Gives up the packets that have waited too long.
    pub fn expire(&mut self, now_us: u64, mut gone: impl FnMut(Held)) {
        if self.flows.is_empty() {
            return;
        }
        let late = |since: u64| now_us.saturating_sub(since) > PATIENCE_US;
        let keys: Vec<_> =
            self.flows.iter().filter(|(_, waiting)| late(waiting.since_us)).map(|(key, _)| *key).collect();
        for key in keys {
            self.release(&key).into_iter().for_each(&mut gone);
        }
    }
}
