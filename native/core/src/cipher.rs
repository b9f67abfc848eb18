//! AES-256 in counter mode from a zero block (NIST SP 800-38A), and GCM with a counter nonce (NIST SP 800-38D, Noise
//! revision 34 section 12.4), both in place.

use crate::Bytes32;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes256, Block};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::error::Unspecified;

/// Bytes of a record's tag.
pub const TAG_BYTES: usize = 16;

/// Counter blocks 0 and 1, which GCM keeps for its hash key and its tag.
const FIRST_BYTES: usize = 32;

/// What cannot be sealed or does not open.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused;

impl From<Unspecified> for Refused {
    fn from(_: Unspecified) -> Self {
        Refused
    }
}

/// Seals and opens in counter mode; refuses 64 GiB and more.
///
/// From its third block on, this is the key stream of GCM under a nonce of zeros, whose data begin at counter 2. The best
/// implementation of GCM is twice as fast as the best of plain counter mode, even with a tag that nobody reads.
pub fn counter_mode(key: &Bytes32, bytes: &mut [u8]) -> Result<(), Refused> {
    let (first, rest) = bytes.split_at_mut(bytes.len().min(FIRST_BYTES));
    let mut stream = [Block::default(), Block::default()];
    stream[1][15] = 1;
    Aes256::new(key.into()).encrypt_blocks(&mut stream);
    for (byte, mask) in first.iter_mut().zip(stream.iter().flatten()) {
        *byte ^= mask;
    }
    if !rest.is_empty() {
        let _unused = gcm(key)?.seal_in_place_separate_tag(zero_nonce(), Aad::empty(), rest)?;
    }
    Ok(())
}

/// Seals a record: its first bytes are the plaintext, its last 16 take the tag.
pub fn seal_record(key: &Bytes32, counter: u64, associated: &[u8], record: &mut [u8]) -> Result<(), Refused> {
    let (plaintext, tag_place) = record.split_last_chunk_mut::<TAG_BYTES>().ok_or(Refused)?;
    let tag = gcm(key)?.seal_in_place_separate_tag(nonce(counter), Aad::from(associated), plaintext)?;
    tag_place.copy_from_slice(tag.as_ref());
    Ok(())
}

/// Opens a record in place: all but the last 16 bytes become the plaintext. What does not open is left as zeros or worse.
pub fn open_record(key: &Bytes32, counter: u64, associated: &[u8], record: &mut [u8]) -> Result<(), Refused> {
    gcm(key)?.open_in_place(nonce(counter), Aad::from(associated), record)?;
    Ok(())
}

fn gcm(key: &Bytes32) -> Result<LessSafeKey, Refused> {
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?))
}

fn nonce(counter: u64) -> Nonce {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&counter.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
