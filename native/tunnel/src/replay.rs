//! Which counters of one key have been seen (RFC 6479): of the last 8192, each is taken once; older ones never.

/// Counters behind the highest one that are still told apart.
pub const WINDOW: u64 = 8192;
/// One word more than the window: the newest is partly filled.
const WORDS: usize = WINDOW as usize / 64 + 1;

/// The window of one key.
pub struct Replay {
    /// The highest counter that was taken, plus one; 0 before the first.
    next: u64,
    seen: [u64; WORDS],
}

impl Default for Replay {
    fn default() -> Self {
        Self { next: 0, seen: [0; WORDS] }
    }
}

impl Replay {
    /// Takes a counter whose datagram has opened; false when it was seen or is too old.
    pub fn take(&mut self, counter: u64) -> bool {
        if counter == u64::MAX || self.next > WINDOW && counter < self.next - WINDOW {
            return false;
        }
        let word = counter / 64;
        if counter >= self.next {
            let newest = self.next.saturating_sub(1) / 64;
            // Words between the old newest and the new one are empty; more than all of them need not be cleared.
            for between in (newest + 1..=word).take(WORDS) {
                self.seen[(between % WORDS as u64) as usize] = 0;
            }
            self.next = counter + 1;
        }
        let (bit, place) = (1 << (counter % 64), &mut self.seen[(word % WORDS as u64) as usize]);
        let fresh = *place & bit == 0;
        *place |= bit;
        fresh
    }
}
