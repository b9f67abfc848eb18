//! What the tunnel is told, and what it tells: the whole of its conversation with whoever decides.

use crate::flow::{Direction, FlowKey, Verdict};
use std::net::{Ipv6Addr, SocketAddr};

/// Bytes of a packet that go up with a miss.
pub const MISS_BYTES: usize = 128;
/// Bytes that a probe may hold.
pub const PROBE_BYTES: usize = 64;
/// Bytes of a cookie.
pub const COOKIE_BYTES: usize = 16;
/// A cookie, as a neighbour gave it over the link.
pub type Cookie = [u8; COOKIE_BYTES];

/// What the tunnel is told. An index is the receiver's number in the datagrams of one generation of keys.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub enum Command {
    /// There is a peer under this number, whose packets come from this address alone.
    SetPeer {
        /// Chosen by the caller.
        peer: u32,
        /// Its IPv6 address.
        address: Ipv6Addr,
    },
    /// Forget a peer, its keys and its path.
    RemovePeer {
        /// As in `SetPeer`.
        peer: u32,
    },
    /// Open what comes for this index, from now on.
    AddKeys {
        /// Our index: unlike every other index and label here.
        index: u32,
        /// Whose generation it is.
        peer: u32,
        /// Key of the direction to us.
        opening: [u8; 32],
        /// Key of the direction to the peer.
        sealing: [u8; 32],
    },
    /// Forget a generation.
    RemoveKeys {
        /// As in `AddKeys`.
        index: u32,
    },
    /// Send packets to the peer under this generation, this way.
    UsePath {
        /// Our index of the generation.
        index: u32,
        /// To which UDP address.
        to: SocketAddr,
        /// The index or label that is written there.
        remote: u32,
        /// Bytes of the largest datagram that this way bears, at least 128.
        datagram_bytes: u16,
    },
    /// Seal a probe and send it; nothing else changes.
    Probe {
        /// Our index of the generation that it is sealed under.
        index: u32,
        /// To which UDP address.
        to: SocketAddr,
        /// The index or label that is written there.
        remote: u32,
        /// What it says: at most [`PROBE_BYTES`].
        content: Vec<u8>,
        /// Bytes that its datagram has at least, to find out what passes.
        datagram_bytes: u16,
    },
    /// Send on what comes with this label.
    SetLabel {
        /// Ours: unlike every index and other label here.
        label: u32,
        /// The neighbour it must come from.
        from: SocketAddr,
        /// The neighbour it goes to.
        to: SocketAddr,
        /// The index or label that is written there.
        next: u32,
    },
    /// Send nothing on any more.
    RemoveLabel {
        /// As in `SetLabel`.
        label: u32,
    },
    /// Decide about a flow: what waits for that goes its way.
    SetFlow {
        /// Which.
        key: FlowKey,
        /// What happens to its packets.
        verdict: Verdict,
    },
    /// Forget what was decided about a flow.
    RemoveFlow {
        /// Which.
        key: FlowKey,
    },
    /// Send a cookie from our socket.
    SendCookie {
        /// To which UDP address.
        to: SocketAddr,
        /// The one that was given over the link.
        cookie: Cookie,
    },
    /// Tell who sends this cookie.
    ExpectCookie {
        /// The one that was given over the link.
        cookie: Cookie,
    },
    /// Expect it no more.
    ForgetCookie {
        /// As in `ExpectCookie`.
        cookie: Cookie,
    },
    /// Tell how much a peer has sent and received.
    Report {
        /// As in `SetPeer`.
        peer: u32,
    },
    /// Tell how much was sent on by a label.
    ReportLabel {
        /// As in `SetLabel`.
        label: u32,
    },
}

/// What the tunnel tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Nobody has decided about the flow of a packet. It waits for a moment.
    Miss {
        /// Which flow.
        key: FlowKey,
        /// Whither its packet goes.
        direction: Direction,
        /// Whose packet it is, when it comes from a peer.
        peer: Option<u32>,
        /// Its first bytes, at most [`MISS_BYTES`].
        head: Vec<u8>,
    },
    /// A flow has been idle for its time and is forgotten.
    Expired {
        /// Which.
        key: FlowKey,
    },
    /// There was no room for a flow.
    Refused {
        /// Which.
        key: FlowKey,
    },
    /// What opened came from another source than the path of its peer, for the first time in a row; or what has a label came
    /// from another source than its neighbour, and was dropped.
    Source {
        /// Our index of the generation, or the label.
        index: u32,
        /// Where it came from: nothing is known but that it was sealed by the peer, once; of a label, that it was seen.
        from: SocketAddr,
    },
    /// A probe that opened.
    Probe {
        /// Our index of the generation.
        index: u32,
        /// Where it came from.
        from: SocketAddr,
        /// What it says.
        content: Vec<u8>,
        /// Bytes of its datagram.
        datagram_bytes: u16,
    },
    /// A cookie that is expected, and where it came from.
    Cookie {
        /// Which.
        cookie: Cookie,
        /// Its source.
        from: SocketAddr,
    },
    /// A datagram was larger than its way bears. A fact of this machine or a claim of the network.
    TooBig {
        /// Where it was to go; port 0 when it is about every port of the address.
        to: SocketAddr,
        /// Bytes of the largest datagram that would pass.
        datagram_bytes: u32,
    },
    /// The network, or this machine, says that an address cannot be reached.
    Unreachable {
        /// Which.
        to: SocketAddr,
        /// The `errno` that says why.
        errno: i32,
    },
    /// A key has sealed all that it may.
    Spent {
        /// Our index of the generation.
        index: u32,
    },
    /// The answer to `Report`.
    Traffic {
        /// Whose.
        peer: u32,
        /// Packets and bytes that were sealed for it.
        sealed: [u64; 2],
        /// Packets and bytes of it that opened.
        opened: [u64; 2],
    },
    /// The answer to `ReportLabel`.
    Switched {
        /// Whose.
        label: u32,
        /// Datagrams and bytes that were sent on.
        switched: [u64; 2],
    },
    /// The interface is gone, or the thread: the last event. Not told when the owner closes the tunnel.
    Gone,
}
