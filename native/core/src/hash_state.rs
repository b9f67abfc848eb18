//! BLAKE3 of bytes that come in pieces, whose state is plain bytes that the caller owns, copies and keeps.
//!
//! ```text
//! total u64 little-endian | the last 1 to 1,024 bytes, room for 1,024 | chaining values of the whole chunks before them
//! ```
//! A state of zeros is a fresh one. The chaining values are those of the complete subtrees from the left, one for each
//! bit of the number of whole chunks (BLAKE3 specification, section 5.1.2). The last chunk is never closed before more
//! comes, because it may be the root. Any bytes are a state: from nonsense comes a wrong hash, and nothing worse.

use crate::Bytes32;
use blake3::hazmat::{HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};
use blake3::{CHUNK_LEN, Hasher};

const PARTIAL_AT: usize = 8;
const STACK_AT: usize = PARTIAL_AT + CHUNK_LEN;

/// No more than this is hashed: 2^53 − 1 bytes, so that a length stays a number in JavaScript.
const MAX_TOTAL: u64 = (1 << 53) - 1;

/// Below [`MAX_TOTAL`] there are fewer than 2^43 whole chunks, so at most this many subtrees.
const MAX_SUBTREES: usize = 43;

/// Bytes that a state takes at the most.
pub const STATE_BYTES: usize = STACK_AT + 32 * MAX_SUBTREES;

/// Why a state cannot go on.
#[derive(Debug, PartialEq, Eq)]
pub enum StateError {
    /// It is shorter than [`STATE_BYTES`].
    TooShort,
    /// It has, or would have, more than 2^53 − 1 bytes.
    TooLong,
}

/// Appends `bytes`.
///
/// # Returns
/// How many bytes at the beginning of `state` are in use; the rest need not be kept, and may hold anything.
pub fn update(state: &mut [u8], bytes: &[u8]) -> Result<usize, StateError> {
    let mut view = View::of(state)?;
    if bytes.len() as u64 > MAX_TOTAL - view.total {
        return Err(StateError::TooLong);
    }
    view.update(bytes);
    Ok(view.used())
}

/// The hash of all that was appended; the state stays as it is.
pub fn digest(state: &mut [u8]) -> Result<Bytes32, StateError> {
    let view = View::of(state)?;
    let whole = view.whole_chunks();
    let partial = &view.partial[..view.partial_bytes()];
    if whole == 0 {
        return Ok(*blake3::hash(partial).as_bytes());
    }
    let mut right = subtree(whole, partial);
    let mut depth = whole.count_ones() as usize;
    while depth > 1 {
        depth -= 1;
        right = merge_subtrees_non_root(&view.stack[depth], &right, Mode::Hash);
    }
    Ok(*merge_subtrees_root(&view.stack[0], &right, Mode::Hash).as_bytes())
}

/// A state taken apart.
struct View<'a> {
    total: u64,
    total_bytes: &'a mut [u8; 8],
    partial: &'a mut [u8; CHUNK_LEN],
    stack: &'a mut [Bytes32],
}

impl<'a> View<'a> {
    fn of(state: &'a mut [u8]) -> Result<Self, StateError> {
        let state: &mut [u8; STATE_BYTES] =
            state.get_mut(..STATE_BYTES).and_then(|state| state.try_into().ok()).ok_or(StateError::TooShort)?;
        let (total_bytes, rest) = state.split_first_chunk_mut::<8>().ok_or(StateError::TooShort)?;
        let (partial, rest) = rest.split_first_chunk_mut::<CHUNK_LEN>().ok_or(StateError::TooShort)?;
        let (stack, _) = rest.as_chunks_mut::<32>();
        let total = u64::from_le_bytes(*total_bytes);
        if total > MAX_TOTAL { Err(StateError::TooLong) } else { Ok(View { total, total_bytes, partial, stack }) }
    }

    /// Chunks that are followed by something, so that they are no root.
    fn whole_chunks(&self) -> u64 {
        self.total.saturating_sub(1) / CHUNK_LEN as u64
    }

    fn partial_bytes(&self) -> usize {
        (self.total - self.whole_chunks() * CHUNK_LEN as u64) as usize
    }

    fn used(&self) -> usize {
        STACK_AT + 32 * self.whole_chunks().count_ones() as usize
    }

    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let whole = self.whole_chunks();
            let held = self.partial_bytes();
            if held < CHUNK_LEN && !(held == 0 && bytes.len() > CHUNK_LEN) {
                let (now, later) = bytes.split_at(bytes.len().min(CHUNK_LEN - held));
                self.partial[held..held + now.len()].copy_from_slice(now);
                self.total += now.len() as u64;
                bytes = later;
                continue;
            }
            // Something follows, so what is held is no root, and neither is a subtree that does not reach the end.
            if held == CHUNK_LEN {
                let chaining_value = subtree(whole, self.partial.as_slice());
                self.push(whole, 1, chaining_value);
            }
            let mut before = whole + u64::from(held == CHUNK_LEN);
            while bytes.len() > CHUNK_LEN {
                let chunks = subtree_chunks(before, (bytes.len() - 1) / CHUNK_LEN);
                let (now, later) = bytes.split_at(chunks * CHUNK_LEN);
                self.push(before, chunks as u64, subtree(before, now));
                before += chunks as u64;
                bytes = later;
            }
            self.partial[..bytes.len()].copy_from_slice(bytes);
            self.total = before * CHUNK_LEN as u64 + bytes.len() as u64;
            bytes = &[];
        }
        *self.total_bytes = self.total.to_le_bytes();
    }

    /// Adds a subtree of `chunks` (a power of two) behind `before` chunks, and joins it with those of its size.
    fn push(&mut self, before: u64, chunks: u64, mut chaining_value: Bytes32) {
        let mut depth = before.count_ones() as usize;
        let mut subtrees = before / chunks + 1;
        while subtrees & 1 == 0 && depth > 0 {
            depth -= 1;
            chaining_value = merge_subtrees_non_root(&self.stack[depth], &chaining_value, Mode::Hash);
            subtrees >>= 1;
        }
        self.stack[depth] = chaining_value;
    }
}

/// The largest subtree that may begin at chunk `before` and has at most `available` (≥ 1) chunks.
fn subtree_chunks(before: u64, available: usize) -> usize {
    let fitting = 1 << available.ilog2();
    if before == 0 { fitting } else { fitting.min(1usize << before.trailing_zeros().min(usize::BITS - 1)) }
}

/// The chaining value of a subtree that begins at chunk `before`.
fn subtree(before: u64, bytes: &[u8]) -> Bytes32 {
    Hasher::new().set_input_offset(before * CHUNK_LEN as u64).update(bytes).finalize_non_root()
}
