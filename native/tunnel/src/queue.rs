//! What waits to be sealed and sent: a queue for each flow, served in turn, new flows first, each kept short by CoDel
//! (RFC 8290, RFC 8289). So a ping passes a download, and a full buffer stays a short delay.

use std::collections::VecDeque;

/// Queues that flows are spread over.
const BUCKETS: usize = 256;
/// Bytes that a queue may send in its turn.
const QUANTUM: i64 = 8192;
/// A packet that may go in the middle of a larger one.
const SMALL_BYTES: usize = 2048;
/// Bytes that may wait in all: more than the window of a connection that has not been told yet.
pub const LIMIT_BYTES: usize = 8 << 20;
/// Packets that may wait in all.
pub const LIMIT_ITEMS: usize = 4096;
/// A queue whose packets wait less than this is a good one (RFC 8289 section 4.3).
const TARGET_US: u64 = 5_000;
/// For how long it may be a bad one.
const INTERVAL_US: u64 = 100_000;

struct Waiting<T> {
    item: T,
    bytes: usize,
    since_us: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Listed {
    No,
    New,
    Old,
}

struct Bucket<T> {
    items: VecDeque<Waiting<T>>,
    bytes: usize,
    deficit: i64,
    listed: Listed,
    codel: Codel,
}

#[derive(Clone, Copy, Default)]
struct Codel {
    above_since_us: Option<u64>,
    dropping: bool,
    next_us: u64,
    count: u32,
}

impl Codel {
    /// Whether the packet that leaves now is to tell its sender to slow down.
    fn tells(&mut self, now_us: u64, waited_us: u64, last: bool) -> bool {
        if waited_us < TARGET_US || last {
            self.above_since_us = None;
            self.dropping = false;
            return false;
        }
        let since = *self.above_since_us.get_or_insert(now_us);
        if self.dropping {
            if now_us < self.next_us {
                return false;
            }
            self.count += 1;
            self.next_us += step(self.count);
            return true;
        }
        if now_us - since < INTERVAL_US {
            return false;
        }
        let recent = now_us.saturating_sub(self.next_us) < 16 * INTERVAL_US && self.count > 2;
        self.count = if recent { self.count - 2 } else { 1 };
        self.dropping = true;
        self.next_us = now_us + step(self.count);
        true
    }
}

fn step(count: u32) -> u64 {
    (INTERVAL_US as f64 / f64::from(count).sqrt()) as u64
}

/// The queue.
pub struct FairQueue<T> {
    buckets: Vec<Bucket<T>>,
    new: VecDeque<usize>,
    old: VecDeque<usize>,
    bytes: usize,
    items: usize,
    /// The queue that was served last.
    served: usize,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        let empty =
            || Bucket { items: VecDeque::new(), bytes: 0, deficit: 0, listed: Listed::No, codel: Codel::default() };
        Self {
            buckets: (0..BUCKETS).map(|_| empty()).collect(),
            new: VecDeque::new(),
            old: VecDeque::new(),
            bytes: 0,
            items: 0,
            served: BUCKETS,
        }
    }
}

impl<T> FairQueue<T> {
    /// Whether more can be taken without a loss.
    pub fn has_room(&self) -> bool {
        self.bytes < LIMIT_BYTES && self.items < LIMIT_ITEMS
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.items == 0
    }

    /// Puts in something of a flow. When there is no room, the oldest of the largest queue goes, and is given back.
    pub fn push(&mut self, now_us: u64, flow: u32, bytes: usize, item: T) -> Option<T> {
        let gone = if self.has_room() { None } else { self.make_room() };
        // Flows are numbered from zero on: a multiplication by the golden ratio spreads them.
        let number = flow.wrapping_mul(0x9e37_79b1) as usize >> 24;
        let bucket = &mut self.buckets[number % BUCKETS];
        bucket.items.push_back(Waiting { item, bytes, since_us: now_us });
        bucket.bytes += bytes;
        self.bytes += bytes;
        self.items += 1;
        if bucket.listed == Listed::No {
            bucket.listed = Listed::New;
            bucket.deficit = QUANTUM;
            self.new.push_back(number % BUCKETS);
        }
        gone
    }

    /// The next to go, and whether it is to tell its sender to slow down.
    pub fn pop(&mut self, now_us: u64) -> Option<(T, bool)> {
        loop {
            let from_new = !self.new.is_empty();
            let number = *(if from_new { &self.new } else { &self.old }).front()?;
            let bucket = &mut self.buckets[number];
            if bucket.deficit <= 0 {
                bucket.deficit += QUANTUM;
                self.turn(from_new, Listed::Old);
                continue;
            }
            let Some(Waiting { item, bytes, since_us }) = bucket.items.pop_front() else {
                // A new queue that is empty waits its turn once, so that it cannot jump the others again and again.
                let next = if from_new && !self.old.is_empty() { Listed::Old } else { Listed::No };
                self.turn(from_new, next);
                continue;
            };
            bucket.bytes -= bytes;
            bucket.deficit -= bytes as i64;
            self.bytes -= bytes;
            self.items -= 1;
            self.served = number;
            let last = bucket.items.is_empty();
            let tells = bucket.codel.tells(now_us, now_us.saturating_sub(since_us), last);
            return Some((item, tells));
        }
    }

    /// The next to go, when it is small and of another flow than the one before, which it may therefore interrupt.
    pub fn pop_small(&mut self, now_us: u64) -> Option<(T, bool)> {
        let may = |number: &usize| {
            let bucket = &self.buckets[*number];
            let small = bucket.items.front().is_some_and(|waiting| waiting.bytes <= SMALL_BYTES);
            small && bucket.deficit > 0 && *number != self.served
        };
        let place = self.new.iter().position(may)?;
        self.new.swap(0, place);
        // What is interrupted goes on after this: its flow is still the one whose next must wait.
        let interrupted = self.served;
        let popped = self.pop(now_us);
        self.served = interrupted;
        popped
    }

    fn turn(&mut self, from_new: bool, next: Listed) {
        let list = if from_new { &mut self.new } else { &mut self.old };
        if let Some(number) = list.pop_front() {
            self.buckets[number].listed = next;
            if next == Listed::Old {
                self.old.push_back(number);
            }
        }
    }

    fn make_room(&mut self) -> Option<T> {
        let largest = self.buckets.iter_mut().max_by_key(|bucket| bucket.bytes)?;
        let Waiting { item, bytes, .. } = largest.items.pop_front()?;
        largest.bytes -= bytes;
        self.bytes -= bytes;
        self.items -= 1;
        Some(item)
    }
}
