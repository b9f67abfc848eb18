//! A datagram and its seal (docs/protocol.md, packets): AES-256-GCM in place, the counter as nonce.
//!
//! ```text
//! type u8 = 1 | flags u8 = 0 | 0 u16 | receiver index u32 | counter u64 | sealed (kind u8 | content) | tag 16
//! ```

use crate::packet::{read_u32, write_u32};
use crate::reason::Reason;
use crate::replay::Replay;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// Bytes before what is sealed.
pub const DATAGRAM_HEADER: usize = 16;
/// Bytes of the tag behind it.
pub const TAG_BYTES: usize = 16;
/// Bytes that a datagram has beyond the packet that it carries: header, kind and tag.
pub const OVERHEAD: usize = DATAGRAM_HEADER + 1 + TAG_BYTES;
/// The first byte of a sealed datagram.
pub const TYPE_SEALED: u8 = 1;
/// The first byte of a datagram that proves an address to a neighbour.
pub const TYPE_COOKIE: u8 = 2;

/// The first byte of what is sealed.
pub mod kind {
    /// Nothing, or what the two ends say about a path.
    pub const PROBE: u8 = 0x00;
    /// An IPv6 packet.
    pub const PACKET: u8 = 0x08;
    /// A fragment of one.
    pub const FRAGMENT: u8 = 0x09;
    /// An IPv6 packet whose TCP or UDP checksum is left to whoever opens it.
    pub const PARTIAL: u8 = 0x0a;
}

/// A key has served when it has sealed so many: far below what GCM bears, and reached by nobody in 120 s.
pub const LAST_COUNTER: u64 = 1 << 60;

/// Seals with one key, counting.
pub struct Sealer {
    key: LessSafeKey,
    next: u64,
}

/// Opens with one key, each counter once.
pub struct Opener {
    key: LessSafeKey,
    window: Replay,
}

/// Makes the two halves of a direction.
fn key(bytes: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).expect("a key of this algorithm has 32 bytes"))
}

impl Sealer {
    /// Takes the key of the direction to the peer.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self { key: key(bytes), next: 0 }
    }

    /// Makes a datagram of its place: what is to be sealed stands from byte 16 to 16 bytes before its end. False when
    /// this key has served.
    pub fn seal(&mut self, datagram: &mut [u8], to: u32) -> bool {
        let counter = self.next;
        let Some((header, rest)) = datagram.split_first_chunk_mut::<DATAGRAM_HEADER>() else { return false };
        let Some((body, tag)) = rest.split_last_chunk_mut::<TAG_BYTES>() else { return false };
        if counter >= LAST_COUNTER {
            return false;
        }
        header[..4].copy_from_slice(&[TYPE_SEALED, 0, 0, 0]);
        write_u32(header, 4, to);
        header[8..].copy_from_slice(&counter.to_be_bytes());
        let Ok(seal) = self.key.seal_in_place_separate_tag(nonce(counter), Aad::empty(), body) else { return false };
        tag.copy_from_slice(seal.as_ref());
        self.next += 1;
        true
    }
}

impl Opener {
    /// Takes the key of the direction from the peer.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self { key: key(bytes), window: Replay::default() }
    }

    /// Opens a datagram in place: from byte 16 to 16 bytes before its end it is then what was sealed. Gives its counter.
    pub fn open(&mut self, datagram: &mut [u8]) -> Result<u64, Reason> {
        let (header, body) = datagram.split_first_chunk_mut::<DATAGRAM_HEADER>().ok_or(Reason::Truncated)?;
        if body.len() <= TAG_BYTES {
            return Err(Reason::Truncated);
        }
        let counter = u64::from_be_bytes(*header.last_chunk().expect("8 of 16 bytes"));
        self.key.open_in_place(nonce(counter), Aad::empty(), body).map_err(|_| Reason::Seal)?;
        if self.window.take(counter) { Ok(counter) } else { Err(Reason::Replay) }
    }
}

/// The index that a datagram is for, when it has the form of a sealed one.
pub fn index_of(datagram: &[u8]) -> Option<u32> {
    let plausible = datagram.len() > DATAGRAM_HEADER + TAG_BYTES && datagram[..4] == [TYPE_SEALED, 0, 0, 0];
    plausible.then(|| read_u32(datagram, 4))
}

fn nonce(counter: u64) -> Nonce {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&counter.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}
