//! What waits in a socket is in nobody's hands, so its senders are told when it is too much: what one call brings is what
//! has waited until then. A burst alone is let pass, since a buffer is there for bursts; one that comes again and again is
//! a window that is larger than the way, and whoever comes behind it waits for all of it.

/// Bytes that may wait: what a fast line brings in about a millisecond.
pub const BURST_BYTES: usize = 768 << 10;
/// For how long bursts may come, and between two words to their senders: a few round trips of a near sender.
const INTERVAL_US: u64 = 20_000;
/// Bursts that are further apart than this have nothing to do with each other.
const APART_US: u64 = 100_000;

/// What came lately.
#[derive(Default)]
pub struct Arrivals {
    last_us: Option<u64>,
    /// When somebody is to be told, should bursts go on.
    next_us: u64,
}

impl Arrivals {
    /// Whether a sender is to be told to slow down, now that so many bytes came at once.
    pub fn tells(&mut self, now_us: u64, bytes: usize) -> bool {
        if bytes < BURST_BYTES {
            return false;
        }
        let goes_on = self.last_us.is_some_and(|last_us| now_us.saturating_sub(last_us) < APART_US);
        self.last_us = Some(now_us);
        let tells = goes_on && now_us >= self.next_us;
        if tells || !goes_on {
            self.next_us = now_us + INTERVAL_US;
        }
        tells
    }
}
