//! Packets that every path must bear (1280 bytes, RFC 8200 section 5), over one that does not: what would be sealed at once
//! is sealed in pieces, and put together by whoever opens them.
//!
//! ```text
//! 09 | id u32 | offset u16 | total u16 | bytes         of: kind u8 | packet
//! ```

use crate::packet::{read_u16, read_u32, write_u16, write_u32};
use crate::reason::Reason;
use std::collections::VecDeque;

/// The smallest packet that every path must bear.
pub const SMALLEST_MTU: usize = 1280;
/// Bytes of a piece before what it brings, its kind included.
pub const PIECE_HEADER: usize = 9;
/// Bytes of the largest content that is sent in pieces: the kind and the packet.
const WHOLE: usize = 1 + SMALLEST_MTU;
/// Contents that are being put together. The oldest goes first.
pub const GATHERED: usize = 64;
/// Pieces of one content: a path that bears less than 128 bytes is none.
const PIECES: usize = 16;

/// Contents that are being put together.
#[derive(Default)]
pub struct Gathering {
    contents: VecDeque<Content>,
}

struct Content {
    /// The generation, and the sender's number within that.
    key: (u32, u32),
    bytes: Vec<u8>,
    covered: Vec<(usize, usize)>,
    missing: usize,
}

impl Gathering {
    /// Takes a piece that was sealed under the generation `index`; gives the content that it completes.
    pub fn take(&mut self, index: u32, piece: &[u8]) -> Result<Option<Vec<u8>>, Reason> {
        let (header, bytes) = piece.split_first_chunk::<PIECE_HEADER>().ok_or(Reason::Truncated)?;
        let (key, start) = ((index, read_u32(header, 1)), usize::from(read_u16(header, 5)));
        let (total, end) = (usize::from(read_u16(header, 7)), start + bytes.len());
        if bytes.is_empty() || end > total || total > WHOLE {
            return Err(Reason::Fragment);
        }
        let known = self.contents.iter().position(|content| content.key == key);
        let at = known.unwrap_or_else(|| {
            if self.contents.len() == GATHERED {
                self.contents.pop_front();
            }
            self.contents.push_back(Content { key, bytes: vec![0; total], covered: Vec::new(), missing: total });
            self.contents.len() - 1
        });
        let content = &mut self.contents[at];
        let overlaps = content.covered.iter().any(|(from, to)| *from < end && start < *to);
        if overlaps || content.bytes.len() != total || content.covered.len() == PIECES {
            self.contents.remove(at);
            return Err(Reason::Overlap);
        }
        content.covered.push((start, end));
        content.bytes[start..end].copy_from_slice(bytes);
        content.missing -= bytes.len();
        if content.missing > 0 {
            return Ok(None);
        }
        Ok(self.contents.remove(at).map(|content| content.bytes))
    }
}

/// Writes the header of a piece.
pub fn write_piece_header(out: &mut [u8], id: u32, offset: usize, total: usize) {
    out[0] = crate::keys::kind::FRAGMENT;
    write_u32(out, 1, id);
    write_u16(out, 5, offset as u16);
    write_u16(out, 7, total as u16);
}
