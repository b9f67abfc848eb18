//! The rolling hash of FastCDC 2020 (docs/protocol.md §16): where in some bytes a part may end.
//!
//! Of a gear value only its low 48 bits count, because no mask has a bit above and none ever moves down. Which table,
//! masks and lengths, and what is kept between pieces, the caller decides.

/// The gear table: 256 values, little-endian, of which the low 48 bits count.
pub type Gear = [[u8; 8]; 256];

/// Rolls `bytes` into `hash`, one after the other.
///
/// # Returns
/// The index of the first byte after which no bit of `mask` is set; `hash` is then of no more use. Otherwise `None`, and
/// `hash` covers all of them.
pub fn scan(gear: &Gear, hash: &mut u64, bytes: &[u8], mask: u64) -> Option<usize> {
    let mut rolling = *hash;
    let (groups, rest) = bytes.as_chunks::<4>();
    // Four at a time: the long way through the sum is one shift and one addition a group, and the rest runs beside it.
    for (group, &[a, b, c, d]) in groups.iter().enumerate() {
        let [a, b, c, d] = [a, b, c, d].map(|byte| value(gear, byte));
        let ab = (a << 1).wrapping_add(b);
        let abc = (ab << 1).wrapping_add(c);
        let abcd = (abc << 1).wrapping_add(d);
        let first = (rolling << 1).wrapping_add(a);
        let second = (rolling << 2).wrapping_add(ab);
        let third = (rolling << 3).wrapping_add(abc);
        rolling = (rolling << 4).wrapping_add(abcd);
        if first & mask == 0 || second & mask == 0 || third & mask == 0 || rolling & mask == 0 {
            let ends = [first, second, third, rolling];
            return ends.iter().position(|end| end & mask == 0).map(|index| 4 * group + index);
        }
    }
    for (index, &byte) in rest.iter().enumerate() {
        rolling = (rolling << 1).wrapping_add(value(gear, byte));
        if rolling & mask == 0 {
            return Some(4 * groups.len() + index);
        }
    }
    *hash = rolling;
    None
}

fn value(gear: &Gear, byte: u8) -> u64 {
    u64::from_le_bytes(gear[usize::from(byte)])
}
