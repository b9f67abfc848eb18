//! How much is handed to a socket at once, found out by how long it takes to leave: a slow line must not hold more than a
//! few milliseconds of what nothing can overtake any more; a fast one must not run dry.

/// As much as a fast line needs.
pub const MOST_BYTES: usize = 128 << 10;
/// A few packets: less would cost more than it gains.
const LEAST_BYTES: usize = 4 << 10;
/// Longer than this for half of a socket's buffer is too long: a packet waits for twice that.
const SLOW_US: u64 = 8_000;
/// Shorter than this, and the socket may run dry before we are back.
const QUICK_US: u64 = 2_000;
/// So long without a full socket, and the line is faster than it was.
const FREE_US: u64 = 100_000;
/// A socket's buffer counts what its packets take up in memory, about twice their bytes; half of it is to be free before
/// it asks for more.
const BUFFER: usize = 4;

/// The pace of the sockets.
pub struct Pace {
    bytes: usize,
    blocked_us: Option<u64>,
    /// When a socket was last full, or the pace last changed.
    last_us: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { bytes: MOST_BYTES, blocked_us: None, last_us: 0 }
    }
}

impl Pace {
    /// Bytes that are sealed and handed over at once.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes that a socket's buffer is to have.
    pub fn buffer_bytes(&self) -> usize {
        self.bytes * BUFFER
    }

    /// A socket takes no more.
    pub fn block(&mut self, now_us: u64) {
        self.blocked_us.get_or_insert(now_us);
        self.last_us = now_us;
    }

    /// It takes more again; true when its buffer is to have another size now.
    pub fn unblock(&mut self, now_us: u64) -> bool {
        let Some(since_us) = self.blocked_us.take() else { return false };
        match now_us.saturating_sub(since_us) {
            SLOW_US.. => self.change(now_us, (self.bytes / 2).max(LEAST_BYTES)),
            0..QUICK_US => self.change(now_us, self.bytes * 2),
            _ => false,
        }
    }

    /// Whether so many bytes would rather be more, and the sockets have long not been full.
    pub fn is_tight(&self, now_us: u64, bytes: usize) -> bool {
        2 * bytes >= self.bytes && self.bytes < MOST_BYTES && now_us.saturating_sub(self.last_us) > FREE_US
    }

    /// It is tight, and nothing waits in the sockets.
    pub fn loosen(&mut self, now_us: u64) {
        self.change(now_us, self.bytes * 2);
    }

    fn change(&mut self, now_us: u64, bytes: usize) -> bool {
        self.last_us = now_us;
        let bytes = bytes.min(MOST_BYTES);
        std::mem::replace(&mut self.bytes, bytes) != bytes
    }
}
