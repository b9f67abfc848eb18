//! Buffers for packets that wait, used again and again: small ones for small packets, so that a flood of them takes
//! little room.

use crate::virtio::VIRTIO_BYTES;

/// The largest packet that the interface hands over, its header included.
pub const READ_BYTES: usize = VIRTIO_BYTES + 40 + 65_535;
const SMALL_BYTES: usize = 2048;
/// Buffers of each kind that are kept for the next packet.
const KEPT: [usize; 2] = [64, 1024];

/// The buffers.
#[derive(Default)]
pub struct Buffers {
    large: Vec<Vec<u8>>,
    small: Vec<Vec<u8>>,
}

impl Buffers {
    /// A buffer whose first `length` bytes are those of `scratch`, which has [`READ_BYTES`] and holds anything after it.
    pub fn take(&mut self, scratch: &mut Vec<u8>, length: usize) -> Vec<u8> {
        if length > SMALL_BYTES {
            let fresh = self.large.pop().unwrap_or_else(|| vec![0; READ_BYTES]);
            return std::mem::replace(scratch, fresh);
        }
        let mut buffer = self.small.pop().unwrap_or_else(|| Vec::with_capacity(SMALL_BYTES));
        buffer.clear();
        buffer.extend_from_slice(&scratch[..length]);
        buffer
    }

    /// Takes a buffer back.
    pub fn give(&mut self, buffer: Vec<u8>) {
        let large = buffer.len() == READ_BYTES;
        let (list, kept) = if large { (&mut self.large, KEPT[0]) } else { (&mut self.small, KEPT[1]) };
        if list.len() < kept {
            list.push(buffer);
        }
    }
}
