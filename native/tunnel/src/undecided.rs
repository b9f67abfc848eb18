//! Packets whose flow nobody has decided about yet. Few, for a short while: what does not find room is dropped.

use crate::flow::{Direction, FlowKey};
use std::collections::HashMap;

/// Flows that may wait at once: a scan of ports must not push out more than itself.
pub const FLOWS: usize = 512;
/// Packets that may wait for one flow.
pub const PACKETS: usize = 8;
/// Bytes that may wait in all.
pub const BYTES: usize = 1 << 20;
/// For how long they wait: as long as a program waits before it asks again, a few times over.
const PATIENCE_US: u64 = 5_000_000;

/// A packet that waits.
pub struct Held {
    /// Its bytes, an outbound one's virtio header before them.
    pub buffer: Vec<u8>,
    /// How many of them count.
    pub length: usize,
    /// Whither it goes.
    pub direction: Direction,
    /// Whose it is, when it comes from a peer.
    pub peer: Option<u32>,
    /// Its checksum is left to us.
    pub partial: bool,
}

/// The packets that wait.
#[derive(Default)]
pub struct Undecided {
    flows: HashMap<FlowKey, (u64, Vec<Held>)>,
    bytes: usize,
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
    pub fn hold(&mut self, key: FlowKey, held: Held, now_us: u64) -> Holding {
        let flows = self.flows.len();
        if self.bytes + held.length > BYTES {
            return Holding::Full;
        }
        let length = held.length;
        let holding = match self.flows.get_mut(&key) {
            Some((_, packets)) if packets.len() < PACKETS => {
                packets.push(held);
                Holding::Later
            }
            None if flows < FLOWS => {
                self.flows.insert(key, (now_us, vec![held]));
                Holding::First
            }
            _ => return Holding::Full,
        };
        self.bytes += length;
        holding
    }

    /// The packets of a flow that is now decided about, in their order.
    pub fn release(&mut self, key: &FlowKey) -> Vec<Held> {
        let packets = self.flows.remove(key).map_or_else(Vec::new, |(_, packets)| packets);
        self.bytes -= packets.iter().map(|held| held.length).sum::<usize>();
        packets
    }

    /// Gives up the packets that have waited too long.
    pub fn expire(&mut self, now_us: u64, mut gone: impl FnMut(Held)) {
        if self.flows.is_empty() {
            return;
        }
        let late = |since: u64| now_us.saturating_sub(since) > PATIENCE_US;
        let keys: Vec<_> = self.flows.iter().filter(|(_, (since, _))| late(*since)).map(|(key, _)| *key).collect();
        for key in keys {
            self.release(&key).into_iter().for_each(&mut gone);
        }
    }
}
