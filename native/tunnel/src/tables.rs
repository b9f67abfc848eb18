//! Who is behind an index: peers with their generations of keys, and labels. Filled by commands, read by both directions.

use crate::flow::Flows;
use crate::keys::{Opener, Sealer};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::net::{Ipv6Addr, SocketAddr};

/// Peers that there may be.
pub const PEERS: usize = 4096;
/// Indexes that there may be: two generations of each peer, and labels.
pub const INDEXES: usize = 4 * PEERS;

/// Between two times that a new source of a peer is told.
const TOLD_AGAIN_US: u64 = 100_000;

/// A table by numbers that this machine has chosen, so that no stranger can make them collide.
pub type Numbered<T> = HashMap<u32, T, BuildHasherDefault<NumberHasher>>;

/// Spreads a number by a multiplication.
#[derive(Default)]
pub struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 32;
    }
}

/// One generation of keys.
pub struct Generation {
    /// Its peer.
    pub peer: u32,
    /// Where it stands among the indexes.
    pub index: u32,
    /// The direction to us.
    pub opener: Opener,
    /// The direction to the peer.
    pub sealer: Sealer,
}

/// Where a datagram with a label goes.
#[derive(Clone, Copy)]
pub struct Label {
    /// The neighbour it must come from.
    pub from: SocketAddr,
    /// The neighbour it goes to.
    pub to: SocketAddr,
    /// What is written in place of the label.
    pub next: u32,
    /// Datagrams and bytes that were sent on.
    pub switched: [u64; 2],
    /// When it was told last that it was used from elsewhere.
    pub strayed: Option<u64>,
}

impl Label {
    /// Notes that a datagram came from elsewhere; true when that is to be told.
    pub fn strays(&mut self, now_us: u64) -> bool {
        let tell = self.strayed.is_none_or(|at| now_us > at + TOLD_AGAIN_US);
        if tell {
            self.strayed = Some(now_us);
        }
        tell
    }
}

/// How packets go to a peer.
#[derive(Clone, Copy)]
pub struct Path {
    /// Our index of the generation that seals.
    pub index: u32,
    /// To which UDP address.
    pub to: SocketAddr,
    /// What is written there.
    pub remote: u32,
    /// Bytes of the largest packet.
    pub packet_bytes: usize,
}

/// A device that packets are exchanged with.
pub struct Peer {
    /// The only source of its packets.
    pub address: Ipv6Addr,
    /// How to send to it.
    pub path: Option<Path>,
    /// The source that was told last, and when.
    told: Option<(SocketAddr, u64)>,
    /// Packets and bytes.
    pub sealed: [u64; 2],
    /// Packets and bytes.
    pub opened: [u64; 2],
}

impl Peer {
    /// Notes where something of the peer came from; true when that is to be told.
    pub fn comes_from(&mut self, source: SocketAddr, now_us: u64) -> bool {
        let roamed = self.path.is_some_and(|path| path.to != source);
        let tell = roamed && self.told.is_none_or(|(told, at)| told != source && now_us > at + TOLD_AGAIN_US);
        if tell {
            self.told = Some((source, now_us));
        }
        tell
    }
}

/// Who is behind an index.
pub enum Behind {
    /// We are.
    Keys(Box<Generation>),
    /// A neighbour is.
    Label(Label),
}

/// Peers, indexes and flows.
#[derive(Default)]
pub struct Tables {
    /// By their number.
    pub peers: Numbered<Peer>,
    /// By receiver index or label.
    pub indexes: Numbered<Behind>,
    /// What was decided.
    pub flows: Flows,
}

impl Tables {
    /// Adds a peer, or changes its address.
    pub fn set_peer(&mut self, number: u32, address: Ipv6Addr) {
        if let Some(peer) = self.peers.get_mut(&number) {
            peer.address = address;
        } else if self.peers.len() < PEERS {
            self.peers.insert(number, Peer { address, path: None, told: None, sealed: [0; 2], opened: [0; 2] });
        }
    }

    /// Forgets a peer and its keys.
    pub fn remove_peer(&mut self, number: u32) {
        self.peers.remove(&number);
        self.indexes.retain(|_, behind| !matches!(behind, Behind::Keys(keys) if keys.peer == number));
    }

    /// Adds a generation of a known peer.
    pub fn add_keys(&mut self, index: u32, peer: u32, opening: &[u8; 32], sealing: &[u8; 32]) {
        if self.peers.contains_key(&peer) && self.indexes.len() < INDEXES {
            let generation = Generation { peer, index, opener: Opener::new(opening), sealer: Sealer::new(sealing) };
            self.indexes.insert(index, Behind::Keys(Box::new(generation)));
        }
    }

    /// Adds a label.
    pub fn set_label(&mut self, number: u32, label: Label) {
        let free = self.indexes.len() < INDEXES && !matches!(self.indexes.get(&number), Some(Behind::Keys(_)));
        if free || matches!(self.indexes.get(&number), Some(Behind::Label(_))) {
            self.indexes.insert(number, Behind::Label(label));
        }
    }

    /// Forgets what is behind an index; a path that used it goes with it.
    pub fn remove_index(&mut self, index: u32) {
        if let Some(Behind::Keys(keys)) = self.indexes.remove(&index)
            && let Some(peer) = self.peers.get_mut(&keys.peer)
            && peer.path.is_some_and(|path| path.index == index)
        {
            peer.path = None;
        }
    }

    /// Lets packets to the peer of this generation go this way.
    pub fn use_path(&mut self, path: Path) {
        if let Some(Behind::Keys(keys)) = self.indexes.get(&path.index)
            && let Some(peer) = self.peers.get_mut(&keys.peer)
        {
            peer.path = Some(path);
            peer.told = None;
        }
    }

    /// A peer that packets can go to, and the generation that seals them.
    pub fn sending(&mut self, number: u32) -> Option<(&mut Peer, &mut Generation, Path)> {
        let peer = self.peers.get_mut(&number)?;
        let path = peer.path?;
        match self.indexes.get_mut(&path.index)? {
            Behind::Keys(keys) => Some((peer, keys, path)),
            Behind::Label(_) => None,
        }
    }
}
