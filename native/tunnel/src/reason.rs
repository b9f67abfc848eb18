//! Why packets are dropped, and how often: one table of names, shared with whoever shows them.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! reasons {
    ($($(#[$meaning:meta])* $variant:ident = $name:literal,)*) => {
        /// Why a packet or a datagram went no further.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Reason { $($(#[$meaning])* $variant,)* }

        /// The names of the reasons, in the order of their numbers.
        pub const REASONS: &[&str] = &[$($name,)*];
    };
}

reasons! {
    /// Shorter than its headers say.
    Truncated = "truncated",
    /// Not IPv6.
    NotIpv6 = "not-ipv6",
    /// More extension headers than are walked, or one in the wrong place.
    ExtensionHeaders = "extension-headers",
    /// A routing header: nobody is asked to send a packet elsewhere.
    RoutingHeader = "routing-header",
    /// A virtio header that does not fit its packet.
    VirtioHeader = "virtio-header",
    /// The source is not the address of who sent it.
    Source = "source",
    /// The destination is not ours, or nobody's here.
    Destination = "destination",
    /// To a group or a link-local address.
    Scope = "scope",
    /// An ICMPv6 message that may not pass (RFC 4890).
    Icmp = "icmp",
    /// A hop limit of zero.
    HopLimit = "hop-limit",
    /// A first fragment without its whole header (RFC 7112), or a later one that is unknown.
    Fragment = "fragment",
    /// A fragment over one that has been.
    Overlap = "fragment-overlap",
    /// The flow is closed by a rule.
    Denied = "denied",
    /// No answer about the flow came in time, or too many packets wait for one.
    Undecided = "undecided",
    /// The peer has no keys or no path.
    NoSession = "no-session",
    /// Larger than the path bears.
    TooBig = "too-big",
    /// Dropped early so that the queue stays short (RFC 8289).
    Queue = "queue",
    /// The queue is full.
    QueueFull = "queue-full",
    /// A datagram that is none of ours, or to an index that nobody has.
    Stranger = "stranger",
    /// It does not open.
    Seal = "seal",
    /// Seen before, or older than the window.
    Replay = "replay",
    /// A label that comes from another neighbour than its own.
    Neighbour = "neighbour",
    /// Marked as congested on the way, but its program knows no marks (RFC 6040).
    Congestion = "congestion",
    /// Something sealed that is of no known kind.
    Kind = "kind",
    /// The network interface took it not.
    Interface = "interface",
    /// The socket took it not.
    Socket = "socket",
    /// More events than were fetched.
    Events = "events",
}

macro_rules! tallies {
    ($($(#[$meaning:meta])* $variant:ident = $name:literal,)*) => {
        /// What is counted besides drops.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Tally { $($(#[$meaning])* $variant,)* }

        /// The names of the tallies, in the order of their numbers.
        pub const TALLIES: &[&str] = &[$($name,)*];
    };
}

tallies! {
    /// Packets from the interface; a super-packet is one.
    InterfaceReads = "interface-reads",
    /// Packets to the interface; a super-packet is one.
    InterfaceWrites = "interface-writes",
    /// Packets that were sealed.
    Sealed = "sealed",
    /// Bytes of the packets that were sealed.
    SealedBytes = "sealed-bytes",
    /// Packets that opened.
    Opened = "opened",
    /// Bytes of the packets that opened.
    OpenedBytes = "opened-bytes",
    /// Messages to a socket; a row of datagrams is one.
    Sends = "sends",
    /// Messages from a socket; a row of datagrams is one.
    Receives = "receives",
    /// Datagrams that were sent on by their label.
    Switched = "switched",
    /// Bytes of the datagrams that were sent on.
    SwitchedBytes = "switched-bytes",
    /// Packets that were marked instead of dropped (RFC 3168).
    Marked = "marked",
    /// Packets nobody had decided about.
    Misses = "misses",
    /// ICMPv6 errors made for programs of this machine.
    Answers = "answers",
}

/// Counts drops and tallies. One thread counts, any thread reads.
pub struct Counters {
    drops: [AtomicU64; REASONS.len()],
    tallies: [AtomicU64; TALLIES.len()],
}

impl Default for Counters {
    fn default() -> Self {
        Self { drops: [const { AtomicU64::new(0) }; _], tallies: [const { AtomicU64::new(0) }; _] }
    }
}

impl Counters {
    /// Counts one drop.
    pub fn drop(&self, reason: Reason) {
        self.drops(reason, 1);
    }

    /// Counts several drops.
    pub fn drops(&self, reason: Reason, count: usize) {
        bump(&self.drops[reason as usize], count);
    }

    /// Adds to a tally.
    pub fn add(&self, tally: Tally, count: usize) {
        bump(&self.tallies[tally as usize], count);
    }

    /// All drops, then all tallies, each in the order of its names.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let names = REASONS.iter().chain(TALLIES);
        names.copied().zip(self.drops.iter().chain(&self.tallies).map(|counter| counter.load(Ordering::Relaxed)))
    }
}

/// Only one thread writes, so this needs no locked addition.
fn bump(counter: &AtomicU64, count: usize) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(count as u64), Ordering::Relaxed);
}
